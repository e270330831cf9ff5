package io.fulmar.agent.pipeline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which models are in native code, and on which input, written into one page of a file that outlives the process: who dies
 * of a model knows at the next start of which one.
 *
 * <p>The page is in the kernel's hands once it is written to, so no sync is needed for a process that dies; what a power cut
 * leaves of it is not relied upon. Where the file cannot be written the page is in memory alone. Thread-safe.
 */
public final class Breadcrumbs {
    private static final Logger LOG = LoggerFactory.getLogger("model");

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
    public record Crumb(String model, long input, String where) {}

    private Breadcrumbs(ByteBuffer page, List<Crumb> found) {
        this.page = page.order(ByteOrder.LITTLE_ENDIAN);
        this.found = List.copyOf(found);
    }

    /** In memory, for those that need not outlive anything. */
    public static Breadcrumbs none() {
        return new Breadcrumbs(ByteBuffer.allocate(PAGE_BYTES), List.of());
    }

    /** Reads what the last process left in the file, and begins anew. Never fails. */
    public static Breadcrumbs open(Path file) {
        List<Crumb> found = List.of();
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                found = read(channel);
                channel.truncate(PAGE_BYTES);
                // written and not only made longer: a page without a place on the disk could kill the process later
                ByteBuffer empty = ByteBuffer.allocate(PAGE_BYTES);
                for (long at = 0; empty.hasRemaining(); ) {
                    at += channel.write(empty, at);
                }
                channel.force(true);
                return new Breadcrumbs(channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE_BYTES), found);
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be used, so nobody will know which model a process died of: {}", file, e.toString());
            return new Breadcrumbs(ByteBuffer.allocate(PAGE_BYTES), found);
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
