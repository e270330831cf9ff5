package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** A fleet's data directory, held by one service at a time. The lock ends with the process, however it ends. Thread-safe. */
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK_NAME = "fleet.lock";

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Takes the directory, creating it when it is missing. */
    public static DataDirectory take(Path path) {
        FileChannel channel = null;
        try {
            create(path);
            channel = FileChannel.open(path.resolve(LOCK_NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new FleetException(
                        Category.PERMANENT,
                        "another fleet service is using " + path,
                        "stop it, or choose another directory with --data");
            }
            return new DataDirectory(path, channel);
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "cannot use the data directory " + path + ": " + e,
                    "choose a directory that this user may write with --data",
                    e);
        }
    }

    /** Makes it where it is missing, for its owner only: what devices sent and what they are told is nobody else's. */
    static void create(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    public Path path() {
        return path;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT, "cannot release " + path + ": " + e, "the end of the process releases it", e);
        }
    }
}
