package io.fulmar.model.trust;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Reads and writes the small files of trust. Thread-safe. */
final class KeyFiles {
    private static final Set<PosixFilePermission> OWNER_ALONE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<OpenOption> NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private KeyFiles() {}

    static String text(Path file, int maxBytes) {
        return new String(bytes(file, maxBytes), StandardCharsets.UTF_8);
    }

    static byte[] bytes(Path file, int maxBytes) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw TrustException.permanent(
                        file + " is larger than the " + maxBytes + " bytes that it may have", "check the path");
            }
            return bytes;
        } catch (IOException e) {
            throw failed(file, "cannot be read", "check the path and that this user may read it", e);
        }
    }

    /** A secret that others can read is none any more. */
    static void requireOwnerAlone(Path file) {
        try {
            var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
            if (view == null) {
                return; // a file system without owners
            }
            Set<PosixFilePermission> others =
                    EnumSet.copyOf(view.readAttributes().permissions());
            others.removeAll(Set.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE));
            if (!others.isEmpty()) {
                throw TrustException.permanent(
                        file + " can be used by others than its owner",
                        "chmod 600 " + file + "; make a new key if somebody may have read it");
            }
        } catch (IOException e) {
            throw failed(file, "cannot be read", "check the path and that this user may read it", e);
        }
    }

    /** Writes a new file that only its owner can read, from its first moment on; never over an existing one. */
    static void writeSecret(Path file, String text) {
        boolean owners = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = owners
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ALONE)}
                : new FileAttribute<?>[0];
        write(file, text.getBytes(StandardCharsets.UTF_8), attributes);
    }

    /** Writes a new file that everybody may read; never over an existing one. */
    static void writePublic(Path file, byte[] bytes) {
        write(file, bytes);
    }

    /** Puts new content in the place of a file, whole or not at all. */
    static void replace(Path file, byte[] bytes) {
        Path part = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(part);
            write(part, bytes);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failed(file, "cannot be replaced", "choose a directory that this user may write", e);
        }
    }

    private static void write(Path file, byte[] bytes, FileAttribute<?>... attributes) {
        try (FileChannel channel = FileChannel.open(file, NEW, attributes)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (FileAlreadyExistsException e) {
            throw failed(file, "is there already", "nothing is overwritten: choose another name, or move it away", e);
        } catch (IOException e) {
            throw failed(file, "cannot be written", "choose a directory that exists and that this user may write", e);
        }
    }

    private static TrustException failed(Path file, String what, String hint, IOException e) {
        String why = switch (e) {
            case NoSuchFileException _ -> ": no such file";
            case FileAlreadyExistsException _ -> "";
            case AccessDeniedException _ -> ": permission denied";
            default -> ": " + e.getMessage();
        };
        return new TrustException(TrustException.Category.PERMANENT, file + " " + what + why, hint, e);
    }
}
