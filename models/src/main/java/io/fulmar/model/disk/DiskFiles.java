package io.fulmar.model.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Steps on the disk after which a power cut takes nothing back. Thread-safe. */
public final class DiskFiles {
    private static final String FRESH = ".new";
    private static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");

    private DiskFiles() {}

    /** Puts these bytes in the place of a file: there is always the one before or the one after. */
    public static void replace(Path file, byte[] bytes) throws IOException {
        writeBeside(file, bytes).close();
        takePlace(file);
    }

    /** The same with bytes that nobody but this user may read, at no time. */
    public static void replaceSecret(Path file, byte[] bytes) throws IOException {
        Files.deleteIfExists(beside(file)); // one that a power cut left would keep its mode
        try (FileChannel channel = FileChannel.open(
                beside(file),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(SECRET))) {
            write(channel, bytes);
            channel.force(true);
        }
        takePlace(file);
    }

    /** Writes the file's successor beside it and flushes it; the caller closes what it gets. */
    static FileChannel writeBeside(Path file, byte[] bytes) throws IOException {
        FileChannel channel = FileChannel.open(
                beside(file),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        try {
            write(channel, bytes);
            channel.force(true);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Lets the successor that was written beside it take the file's place. */
    static void takePlace(Path file) throws IOException {
        Files.move(beside(file), file, StandardCopyOption.ATOMIC_MOVE);
        flushFolderOf(file);
    }

    private static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + FRESH);
    }

    static void write(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Flushes the names in a folder. */
    public static void flushFolder(Path folder) throws IOException {
        flush(folder);
    }

    /** Flushes the names in the folder that the file is in. */
    public static void flushFolderOf(Path file) throws IOException {
        flushFolder(folder(file));
    }

    /** Makes a folder and those that it is in, where they are missing, each flushed into its own. */
    public static void createFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            createFolders(parent);
        }
        Files.createDirectory(folder);
        if (parent != null) {
            flushFolder(parent);
        }
    }

    /** Deletes a file, or a folder with all that is in it; nothing where there is none. */
    public static void delete(Path path) throws IOException {
        List<Path> all;
        try (Stream<Path> below = Files.walk(path)) {
            all = below.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException e) {
            return;
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }

    /** Copies a folder with all that is in it to where nothing is, and flushes the copy; its own name is not flushed. */
    public static void copyFolder(Path from, Path to) throws IOException {
        List<Path> all;
        try (Stream<Path> below = Files.walk(from)) {
            all = below.toList();
        }
        for (Path each : all) {
            Files.copy(each, to.resolve(from.relativize(each)));
        }
        for (Path each : all.reversed()) {
            flush(to.resolve(from.relativize(each)));
        }
    }

    /** What a failure says, in a few words. */
    public static String said(IOException e) {
        return switch (e) {
            case NoSuchFileException it -> it.getFile() + " is missing";
            case FileSystemException it when it.getReason() != null -> it.getReason();
            default -> e.toString();
        };
    }

    private static void flush(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path folder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file.toAbsolutePath() : folder;
    }
}
