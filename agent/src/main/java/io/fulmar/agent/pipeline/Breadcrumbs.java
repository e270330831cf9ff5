package io.fulmar.agent.pipeline;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which models are in native code, and on which input, written into one page of memory that outlives the process: who dies
 * of a model knows at the next start of which one.
 *
 * <p>The page is a mapped file on a file system in memory, not on the disk: it is written to with every inference, and a
 * disk that is full, read-only or broken would kill whoever writes to a mapped page of it. So it does not outlive a restart
 * of the machine. Where there is no such file system, or it is full, there is no trace. A process that ends by itself {@link #keep
 * keeps} it on the disk too, since the memory of a container ends with it. Thread-safe.
 */
public final class Breadcrumbs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("model");

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private static final int SLOTS = 32;
    private static final int SLOT_BYTES = 128;
    private static final int PAGE_BYTES = SLOTS * SLOT_BYTES;
    private static final int STATE = 0;
    private static final int INPUT = 8;
    private static final int MODEL = 16;
    private static final int MODEL_BYTES = 32;
    private static final int LENGTH = MODEL + MODEL_BYTES;
    private static final int WHERE = LENGTH + 1;
    private static final int WHERE_BYTES = SLOT_BYTES - WHERE;
    private static final byte[] NO_MODEL = new byte[MODEL_BYTES];

    private static final String KEPT = "crumbs";

    private final @Nullable Path file;
    private final @Nullable Path kept;
    private final ByteBuffer page;
    private final List<Crumb> found;
    private final AtomicIntegerArray taken = new AtomicIntegerArray(SLOTS);

    /**
     * What was in native code when the last process ended.
     *
     * @param model the digest of the model's file
     * @param input as {@code inputDigest} of a prediction
     * @param where such as {@code pipeline vibration} or {@code golden case normal}
     *     <p>Immutable.
     */
    public record Crumb(String model, long input, String where) {
        /** Where and on which input, in words. */
        public String said() {
            return where + ", input " + Long.toHexString(input);
        }
    }

    private Breadcrumbs(@Nullable Path file, @Nullable Path kept, ByteBuffer page, List<Crumb> found) {
        this.file = file;
        this.kept = kept;
        this.page = page.order(ByteOrder.LITTLE_ENDIAN);
        this.found = List.copyOf(found);
    }

    /** In memory, for those that need not outlive anything. */
    public static Breadcrumbs none() {
        return new Breadcrumbs(null, null, ByteBuffer.allocate(PAGE_BYTES), List.of());
    }

    /** Those of the agent with that state directory: reads what its last process has left, and begins anew. Never fails. */
    public static Breadcrumbs of(Path state) {
        try {
            String name = "fulmar-" + Digest.of(state.toRealPath().toString().getBytes(StandardCharsets.UTF_8));
            return open(SHARED_MEMORY.resolve(name), state.resolve(KEPT), Files.getOwner(Path.of("/proc/self")));
        } catch (IOException e) {
            LOG.warn("nobody will know which model a process died of: {}", e.toString());
            return none();
        }
    }

    /**
     * @param kept where the process before kept it, if it did
     * @param owner others could cut the file short under its mapping
     */
    static Breadcrumbs open(Path file, Path kept, UserPrincipal owner) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            if (!Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(owner)) {
                throw new IOException(file + " is somebody else's");
            }
            Set<Crumb> found = new LinkedHashSet<>(read(channel));
            found.addAll(taken(kept));
            channel.truncate(PAGE_BYTES);
            // written and not only made longer, so that every byte of it has its place
            ByteBuffer empty = ByteBuffer.allocate(PAGE_BYTES);
            while (empty.hasRemaining()) {
                channel.write(empty, empty.position());
            }
            MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE_BYTES);
            return new Breadcrumbs(file, kept, page, List.copyOf(found));
        }
    }

    /** What was kept there, once. */
    private static List<Crumb> taken(Path kept) throws IOException {
        if (!Files.exists(kept)) {
            return List.of();
        }
        try (FileChannel channel = FileChannel.open(kept)) {
            return read(channel);
        } finally {
            Files.delete(kept);
        }
    }

    private static List<Crumb> read(FileChannel channel) throws IOException {
        ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (channel.size() != PAGE_BYTES) {
            return List.of();
        }
        while (page.hasRemaining() && channel.read(page, page.position()) >= 0) {}
        List<Crumb> found = new ArrayList<>();
        for (int at = 0; at < PAGE_BYTES; at += SLOT_BYTES) {
            if (page.getLong(at + STATE) != 0) {
                found.add(crumb(page, at));
            }
        }
        return found;
    }

    private static Crumb crumb(ByteBuffer page, int at) {
        byte[] model = new byte[MODEL_BYTES];
        page.get(at + MODEL, model);
        byte[] where = new byte[Math.min(Byte.toUnsignedInt(page.get(at + LENGTH)), WHERE_BYTES)];
        page.get(at + WHERE, where);
        return new Crumb(
                HexFormat.of().formatHex(model),
                page.getLong(at + INPUT),
                new String(where, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?"));
    }

    /** What was in native code when the last process ended; one that ended by itself has left nothing. */
    public List<Crumb> found() {
        return found;
    }

    /** Keeps it on the disk, for the next start; before a process ends by itself while somebody is in native code. */
    public void keep() {
        byte[] bytes = new byte[PAGE_BYTES];
        page.get(0, bytes);
        try {
            if (kept != null) {
                DiskFiles.replace(kept, bytes);
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", kept, DiskFiles.said(e));
        }
    }

    /**
     * A place for one that runs models; it owns it until it closes it. Where all are taken, one that leaves no trace.
     *
     * @param where what to say of it
     */
    public Slot slot(String where) {
        for (int i = 0; i < SLOTS; i++) {
            if (taken.compareAndSet(i, 0, 1)) {
                return new Slot(page, i, where);
            }
        }
        return new Slot(ByteBuffer.allocate(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN), -1, where);
    }

    /** Leaves nothing, if everybody has come back from native code. */
    @Override
    public void close() {
        boolean free = true;
        for (int i = 0; i < SLOTS; i++) {
            free &= taken.get(i) == 0;
        }
        try {
            if (file != null && free) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("{} stays: {}", file, e.toString());
        }
    }

    /** The place of one that runs models. Owned by the thread that runs them. */
    public final class Slot implements AutoCloseable {
        private final ByteBuffer to;
        private final int number;
        private final int at;

        /** @param number which of them; -1 for none of them */
        private Slot(ByteBuffer to, int number, String where) {
            this.to = to;
            this.number = number;
            this.at = Math.max(0, number) * SLOT_BYTES;
            to.put(at + MODEL, NO_MODEL);
            at(where);
        }

        /** Says what it is doing from now on. */
        public void at(String where) {
            byte[] text = where.getBytes(StandardCharsets.UTF_8);
            int length = Math.min(text.length, WHERE_BYTES);
            to.put(at + LENGTH, (byte) length);
            to.put(at + WHERE, text, 0, length);
        }

        /** Says which model it runs from now on, by the digest of its file. */
        public void of(String modelSha256) {
            to.put(at + MODEL, HexFormat.of().parseHex(modelSha256), 0, MODEL_BYTES);
        }

        /** It goes into native code. */
        public void enter(long inputDigest) {
            to.putLong(at + INPUT, inputDigest);
            to.putLong(at + STATE, 1);
        }

        /** It has come back. */
        public void leave() {
            to.putLong(at + STATE, 0);
        }

        /** Makes room for another one. */
        @Override
        public void close() {
            leave();
            if (number >= 0) {
                taken.set(number, 0);
            }
        }
    }
}
