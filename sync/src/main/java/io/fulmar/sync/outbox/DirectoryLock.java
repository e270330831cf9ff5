package io.fulmar.sync.outbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Keeps a second process out of the directory; the system lets go of it when the process dies. Thread-safe. */
final class DirectoryLock implements AutoCloseable {
    static final String NAME = "outbox.lock";
    private static final int ATTEMPTS = 10;
    private static final long PAUSE_NANOS = 50_000_000;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /** The lock; null when another process has it. Tries for half a second, since {@code inspect} holds it briefly. */
    static @Nullable DirectoryLock take(Path dir) throws IOException {
        FileChannel channel = FileChannel.open(dir.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            for (int i = 0; i < ATTEMPTS; i++) {
                if (locked(channel, false) != null) {
                    return new DirectoryLock(channel);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException e) {
            channel.close(); // it is tried again every second
            throw e;
        }
        channel.close();
        return null;
    }

    /** Whether an agent has the directory now. */
    static boolean isTaken(Path dir) throws IOException {
        if (!Files.exists(dir.resolve(NAME))) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(dir.resolve(NAME), StandardOpenOption.READ)) {
            return locked(channel, true) == null;
        }
    }

    private static @Nullable FileLock locked(FileChannel channel, boolean shared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
