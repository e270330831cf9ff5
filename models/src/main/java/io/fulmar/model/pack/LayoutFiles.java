package io.fulmar.model.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Set;

/** Reads plain files of a folder that anybody may have made: no links, no pipes, never more than is wanted. Thread-safe. */
final class LayoutFiles {
    private static final Set<OpenOption> PLAIN = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private LayoutFiles() {}

    /** Throws unless it is a folder itself, not a link to one. */
    static void requireFolder(Path folder) {
        if (!attributes(folder).isDirectory()) {
            throw new PackageException(Reason.NOT_A_FILE, folder + " is not a folder");
        }
    }

    /** The whole of a small file. */
    static byte[] read(Path file, int maxBytes) {
        long size = size(file);
        if (size > maxBytes) {
            throw new PackageException(Reason.TOO_LARGE, file + " has " + size + " bytes, and may have " + maxBytes);
        }
        return read(file, (int) size, file.toString());
    }

    /** The bytes of a file that must have this size; one more where it has grown since it was looked at. */
    static byte[] readExactly(Path file, String what, int size) {
        long actual = size(file);
        if (actual != size) {
            throw new PackageException(
                    actual < size ? Reason.TRUNCATED : Reason.WRONG_SIZE,
                    what + " has " + actual + " bytes, not " + size + " (" + file + ")");
        }
        return read(file, size, what);
    }

    private static byte[] read(Path file, int size, String what) {
        try (FileChannel channel = FileChannel.open(file, PLAIN)) {
            ByteBuffer buffer = ByteBuffer.allocate(size);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until it is full or the file ends
            }
            return Arrays.copyOf(buffer.array(), buffer.position());
        } catch (IOException e) {
            throw unreadable(file, what, e);
        }
    }

    private static long size(Path file) {
        BasicFileAttributes attributes = attributes(file);
        if (!attributes.isRegularFile()) {
            throw new PackageException(
                    Reason.NOT_A_FILE,
                    file + " is " + (attributes.isSymbolicLink() ? "a symbolic link" : "no plain file"));
        }
        return attributes.size();
    }

    private static BasicFileAttributes attributes(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw unreadable(file, file.toString(), e);
        }
    }

    private static PackageException unreadable(Path file, String what, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new PackageException(Reason.MISSING_FILE, file + ": no such file", e);
        }
        return new PackageException(
                Reason.UNREADABLE,
                what + " cannot be read: "
                        + (e instanceof AccessDeniedException ? "permission denied" : e.getMessage()),
                e);
    }
}
