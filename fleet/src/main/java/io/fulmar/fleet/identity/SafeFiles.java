package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Files that are there whole or not at all, also after a power cut, and whose mode is right from their first byte. Thread-safe. */
public final class SafeFiles {
    /** Only its owner reads it. */
    public static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");

    /** Everybody reads it. */
    static final Set<PosixFilePermission> PUBLIC = PosixFilePermissions.fromString("rw-r--r--");

    private SafeFiles() {}

    static void createDirectory(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw failed("cannot make the directory " + directory, e);
        }
    }

    /** Makes a directory that only its owner enters. */
    static void createPrivateDirectory(Path directory) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw failed("cannot make the directory " + directory, e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw failed("cannot read " + file, e);
        }
    }

    /** Fails where others than its owner may read or change it, as after a careless copy. */
    static void requireSecret(Path file) {
        try {
            if (!SECRET.containsAll(Files.getPosixFilePermissions(file))) {
                throw new FleetException(
                        Category.PERMANENT,
                        file + ": others than its owner can read, change or run this key",
                        "run: chmod 600 " + file
                                + "; if somebody may have read it, make a new authority (docs/enrolment.md)");
            }
        } catch (IOException e) {
            throw failed("cannot read " + file, e);
        }
    }

    public static void write(Path file, String text, Set<PosixFilePermission> mode) {
        write(file, text, mode, null);
    }

    /** @param owner the user who shall own it; null for this one */
    static void write(Path file, String text, Set<PosixFilePermission> mode, @Nullable String owner) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.deleteIfExists(part);
            try (FileChannel channel = FileChannel.open(
                    part,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(SECRET))) {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.setPosixFilePermissions(part, mode); // the process's mask took some away
            if (owner != null) {
                Files.setOwner(
                        part,
                        part.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(owner));
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            flushDirectory(file);
        } catch (IOException e) {
            throw failed("cannot write " + file, e);
        }
    }

    private static void flushDirectory(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    static FleetException failed(String what, IOException e) {
        return new FleetException(
                Category.PERMANENT,
                what + ": " + e,
                "check that this user may write there, that the file system has Unix modes, and that there is space",
                e);
    }
}
