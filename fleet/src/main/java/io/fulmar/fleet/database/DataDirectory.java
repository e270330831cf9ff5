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
import java.util.concurrent.locks.ReentrantLock;

/** A fleet's data directory, held by one service at a time, or by several that share it. The lock ends with the process, however it ends. Thread-safe. */
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK_NAME = "fleet.lock";
    private static final String SETUP_LOCK_NAME = "setup.lock";
    private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock();

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Takes the directory, creating it when it is missing. */
    public static DataDirectory take(Path path) {
        return take(path, false);
    }

    /** The same beside other services that share it. */
    public static DataDirectory share(Path path) {
        return take(path, true);
    }

    private static DataDirectory take(Path path, boolean shared) {
        try {
            create(path);
            FileChannel channel = FileChannel.open(
                    path.resolve(LOCK_NAME),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (!locked(channel, shared)) {
                channel.close();
                throw new FleetException(
                        Category.PERMANENT,
                        "another fleet service is using " + path,
                        "stop it, or choose another directory with --data; several services can share one with --node");
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

    private static boolean locked(FileChannel channel, boolean shared) throws IOException {
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return shared; // by one of this process, which in a test may share it, too
        }
    }

    /** Does this while no other thread or process does such a thing to that data directory. */
    public static void alone(Path path, Runnable work) {
        IN_THIS_PROCESS.lock(); // a file lock keeps other processes out, but not other threads
        try (FileChannel channel = FileChannel.open(
                        path.resolve(SETUP_LOCK_NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            if (held.isValid()) {
                work.run();
            }
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "cannot lock " + path.resolve(SETUP_LOCK_NAME) + ": " + e,
                    "look at the disk: a shared one has to have locks",
                    e);
        } finally {
            IN_THIS_PROCESS.unlock();
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
