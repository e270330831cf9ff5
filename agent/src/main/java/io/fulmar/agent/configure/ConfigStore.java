package io.fulmar.agent.configure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the device remembers of its configurations in {@code config/} of the state directory, in one small file under
 * a checksum: each write puts a whole new one in its place, so that there is always the state before it or the one after.
 *
 * <p>A damaged file is set aside; the device goes on with its own configuration. Owned by the thread that opened it, then by
 * the configurator's.
 */
final class ConfigStore {
    static final String NAME = "kept";
    static final String DAMAGED = "kept.damaged";
    private static final String NEW = "kept.new";
    private static final Logger LOG = LoggerFactory.getLogger(ConfigStore.class);

    private final Path state;
    private final Path dir;
    private Kept kept = Kept.NOTHING;
    private @Nullable String trouble;
    private boolean writable = true;

    private ConfigStore(Path state) {
        this.state = state;
        this.dir = state.resolve("config");
    }

    /** Reads what was kept. Never fails: what cannot be read is {@link #trouble}. */
    static ConfigStore open(Path state) {
        ConfigStore store = new ConfigStore(state);
        store.load();
        return store;
    }

    private void load() {
        Path file = dir.resolve(NAME);
        try {
            Files.deleteIfExists(dir.resolve(NEW));
            byte[] bytes = read(file);
            Kept read = Kept.decode(bytes);
            if (read != null) {
                kept = read;
            } else {
                Files.move(file, dir.resolve(DAMAGED), StandardCopyOption.REPLACE_EXISTING);
                trouble =
                        file + " was damaged and is set aside as " + DAMAGED + "; the device's own configuration runs";
            }
        } catch (NoSuchFileException e) {
            kept = Kept.NOTHING;
        } catch (IOException e) {
            writable = false;
            trouble = file + " cannot be read, so the device's own configuration runs: " + said(e);
        }
        if (trouble != null) {
            LOG.error("{}", trouble);
        }
    }

    private static byte[] read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(Limits.STORE_BYTES + 1);
        }
    }

    /** What is kept. */
    Kept kept() {
        return kept;
    }

    /** What was wrong when it was opened, for the operator; null if nothing was. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Keeps this instead; it is on the disk when this returns. Null, or why it could not be kept: then nothing changed. */
    @Nullable
    String keep(Kept next) {
        if (!writable) {
            return "what was kept before could not be read when the agent started; mend the disk and restart the agent";
        }
        try {
            write(next.encode());
        } catch (IOException e) {
            return "it cannot be kept in " + dir + ": " + said(e);
        }
        kept = next;
        return null;
    }

    /** Goes on as if this was kept, where it cannot be and the next start will come to the same. */
    void pretend(Kept next) {
        kept = next;
    }

    private void write(byte[] bytes) throws IOException {
        if (!Files.isDirectory(dir)) {
            Files.createDirectories(dir);
            flush(state);
        }
        Path fresh = dir.resolve(NEW);
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(fresh, dir.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        flush(dir);
    }

    private static void flush(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // some file systems cannot flush a directory
            LOG.warn("could not flush {}, a power cut may bring the configuration before back: {}", directory, said(e));
        }
    }

    private static String said(IOException e) {
        return e instanceof FileSystemException it && it.getReason() != null ? it.getReason() : e.toString();
    }
}
