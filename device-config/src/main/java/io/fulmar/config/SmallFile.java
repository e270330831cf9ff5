package io.fulmar.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reads files that are small and plain: neither a pipe nor a device can keep the reader waiting or fill its memory.
 * Immutable.
 */
final class SmallFile {
    private SmallFile() {}

    /**
     * The file's bytes, one more than {@code limit} if there are more than that.
     *
     * @throws IOException whose message alone says what is wrong
     */
    static byte[] read(Path file, int limit) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new IOException("it is a directory");
            }
            if (!attributes.isRegularFile()) {
                throw new IOException("it is a device, a pipe or a socket");
            }
            try (InputStream in = Files.newInputStream(file)) {
                return in.readNBytes(limit + 1);
            }
        } catch (NoSuchFileException e) {
            throw new IOException("there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new IOException("this user may not read it", e);
        } catch (FileSystemException e) {
            throw new IOException(e.getReason() == null ? e.toString() : e.getReason(), e);
        }
    }
}
