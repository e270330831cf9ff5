package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The small file beside a store that was set aside: what is known of it, and how far it was read back. Only ever replaced as a
 * whole. Immutable.
 *
 * @param former the figures of the store; null when nobody knows them
 */
record SalvageFile(@Nullable Figures former, Map<Stream, Salvaged> streams) {
    static final String SUFFIX = "-salvage";
    static final Map<Stream, Salvaged> NOTHING = Map.of();
    private static final long MAGIC = 0x46554c4d53415631L;
    private static final int MOST_BYTES = 16 * 1024;
    private static final int SUM_BYTES = 16;

    SalvageFile {
        streams = Map.copyOf(streams);
    }

    Salvaged of(Stream stream) {
        return streams.getOrDefault(stream, Salvaged.NOTHING);
    }

    SalvageFile with(Stream stream, Salvaged salvaged) {
        Map<Stream, Salvaged> changed = new EnumMap<>(Stream.class);
        changed.putAll(streams);
        changed.put(stream, salvaged);
        return new SalvageFile(former, changed);
    }

    /** What the file says; null when there is none or it is not whole. */
    static @Nullable SalvageFile read(Path file) {
        try {
            byte[] bytes = Files.size(file) > MOST_BYTES ? new byte[0] : Files.readAllBytes(file);
            int length = bytes.length - SUM_BYTES;
            if (length < 0
                    || !Arrays.equals(Figures.sum(bytes, length), Arrays.copyOfRange(bytes, length, bytes.length))) {
                return null;
            }
            ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
            return in.getLong() == MAGIC ? decode(in) : null;
        } catch (IOException | BufferUnderflowException e) {
            return null;
        }
    }

    private static SalvageFile decode(ByteBuffer in) {
        Figures former = null;
        if (in.get() == 1) {
            byte[] figures = new byte[Figures.BYTES];
            in.get(figures);
            former = Figures.decode(figures);
        }
        Map<Stream, Salvaged> streams = new EnumMap<>(Stream.class);
        for (Stream stream : Stream.values()) {
            long upTo = in.getLong();
            ChainHash hash = new ChainHash(in.getLong(), in.getLong());
            boolean known = in.get() == 1;
            long readBack = in.getLong();
            long lost = in.getLong();
            boolean done = in.get() == 1;
            List<Salvaged.Range> ranges = new ArrayList<>();
            for (int i = in.get(); i > 0; i--) {
                ranges.add(new Salvaged.Range(in.getLong(), in.getLong()));
            }
            streams.put(stream, new Salvaged(upTo, known ? hash : null, readBack, lost, ranges, done));
        }
        return new SalvageFile(former, streams);
    }

    /** Replaces the file, so that after a power cut it says this or what it said before. */
    void write(Path file, boolean flushFolder) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(MOST_BYTES).putLong(MAGIC);
        out.put((byte) (former == null ? 0 : 1));
        if (former != null) {
            out.put(former.encode());
        }
        for (Stream stream : Stream.values()) {
            Salvaged it = of(stream);
            ChainHash hash = Objects.requireNonNullElse(it.hash(), ChainHash.ZERO);
            out.putLong(it.upTo()).put(hash.bytes()).put((byte) (it.hash() == null ? 0 : 1));
            out.putLong(it.readBack()).putLong(it.lost()).put((byte) (it.done() ? 1 : 0));
            out.put((byte) it.ranges().size());
            it.ranges().forEach(range -> out.putLong(range.first()).putLong(range.last()));
        }
        out.put(Figures.sum(out.array(), out.position())).flip();
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            while (out.hasRemaining()) {
                channel.write(out);
            }
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (flushFolder) {
            try (FileChannel folder = FileChannel.open(
                    Objects.requireNonNull(file.toAbsolutePath().getParent()), StandardOpenOption.READ)) {
                folder.force(true);
            }
        }
    }
}
