package io.fulmar.fleet.catalog;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.model.disk.DiskFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Packages on their way into the catalogue, file by file, in {@code uploads/IMAGE} of the data directory. A file that broke off
 * goes on where it stopped; under its name there is only a whole one with the right digest. Thread-safe, also with other
 * services on the same directory.
 */
public final class Uploads {
    private static final String FOLDER = "uploads";
    private static final String PART = ".part";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final List<String> PLAIN = List.of("oci-layout", "index.json");
    private static final int BUFFER = 64 << 10;

    private final Path folder;
    private final InstantSource clock;

    /** How a piece of a file was taken. */
    public sealed interface Taken {
        /** The file has so many bytes now; whole or not. */
        record Bytes(long bytes, boolean whole) implements Taken {}

        /** The piece does not begin where the file ends: it has so many bytes. */
        record Elsewhere(long bytes) implements Taken {}

        /** Somebody else is sending the same file. */
        record Busy() implements Taken {}

        /** It cannot be taken, and why. */
        record Refused(String reason) implements Taken {}
    }

    public Uploads(Path dataDir, InstantSource clock) {
        this.folder = dataDir.resolve(FOLDER);
        this.clock = clock;
    }

    /** Whether an upload may have that name: the digest of the image manifest. */
    public static boolean isName(String image) {
        return DIGEST.matcher(image).matches();
    }

    /** Whether a package has files of that name: a blob by its digest, or one of the two that tell of them. */
    public static boolean isFile(String name) {
        return PLAIN.contains(name) || DIGEST.matcher(name).matches();
    }

    /** The folder with what was sent of that package. */
    public Path folder(String image) {
        return folder.resolve(image);
    }

    /** How many bytes of a file there are. */
    public Taken.Bytes received(String image, String file) {
        Path whole = path(image, file);
        try {
            return Files.exists(whole)
                    ? new Taken.Bytes(Files.size(whole), true)
                    : new Taken.Bytes(size(part(whole)), false);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Takes a piece of a file.
     *
     * @param offset where in the file it begins
     * @param size how many bytes the whole file has
     */
    public Taken take(String image, String file, long offset, long size, InputStream piece) {
        if (size < 1 || size > Limits.UPLOAD_FILE_BYTES) {
            return new Taken.Refused("a file has 1 to " + Limits.UPLOAD_FILE_BYTES + " bytes");
        }
        Path whole = path(image, file);
        try {
            if (Files.exists(whole)) {
                return new Taken.Bytes(Files.size(whole), true);
            }
            String full = room(image, size);
            if (full != null) {
                return new Taken.Refused(full);
            }
            Files.createDirectories(whole.getParent());
            Files.setLastModifiedTime(folder(image), FileTime.from(clock.instant()));
            try (FileChannel channel =
                            FileChannel.open(part(whole), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = locked(channel)) {
                if (lock == null) {
                    return new Taken.Busy();
                }
                if (channel.size() != offset) {
                    return new Taken.Elsewhere(channel.size());
                }
                long bytes = append(channel, size, piece);
                if (bytes < 0) {
                    return new Taken.Refused("there are more bytes than the " + size + " that were announced");
                }
                return bytes < size ? new Taken.Bytes(bytes, false) : finished(whole, file, bytes);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static long append(FileChannel channel, long size, InputStream piece) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long bytes = channel.size();
        channel.position(bytes);
        try {
            for (int read = piece.read(buffer); read >= 0; read = piece.read(buffer)) {
                if (bytes + read > size) {
                    return -1;
                }
                ByteBuffer some = ByteBuffer.wrap(buffer, 0, read);
                while (some.hasRemaining()) {
                    channel.write(some);
                }
                bytes += read;
            }
        } finally {
            channel.force(true); // what came before it broke off counts
        }
        return bytes;
    }

    private static Taken finished(Path whole, String file, long bytes) throws IOException {
        if (!PLAIN.contains(file) && !digest(part(whole)).equals(file)) {
            Files.delete(part(whole));
            return new Taken.Refused("what came is not what " + file + " is the SHA-256 of; send it again");
        }
        Files.move(part(whole), whole, StandardCopyOption.ATOMIC_MOVE);
        DiskFiles.flushFolderOf(whole);
        return new Taken.Bytes(bytes, true);
    }

    private static @Nullable FileLock locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Why there is no room for so much more; null where there is. Forgets what nobody has gone on with. */
    private @Nullable String room(String image, long size) throws IOException {
        long before = clock.millis() - Limits.UPLOAD_KEPT.toMillis();
        long bytes = 0;
        for (Path upload : children(folder)) {
            if (Files.getLastModifiedTime(upload).toMillis() < before) {
                DiskFiles.delete(upload);
                continue;
            }
            List<Path> files = files(upload);
            for (Path file : files) {
                bytes += size(file);
            }
            if (upload.equals(folder(image)) && files.size() >= Limits.UPLOAD_FILES) {
                return "a package has at most " + Limits.UPLOAD_FILES + " files";
            }
        }
        return bytes + size > Limits.UPLOAD_BYTES
                ? "others are sending packages, and together they may have " + Limits.UPLOAD_BYTES
                        + " bytes; try again when those are done, or after a day"
                : null;
    }

    /** Forgets what was sent of that package. */
    public void delete(String image) {
        try {
            DiskFiles.delete(folder(image));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path path(String image, String file) {
        if (!isName(image) || !isFile(file)) {
            throw new IllegalArgumentException(image + " " + file);
        }
        return PLAIN.contains(file)
                ? folder(image).resolve(file)
                : folder(image).resolve("blobs").resolve("sha256").resolve(file);
    }

    private static Path part(Path whole) {
        return whole.resolveSibling(whole.getFileName() + PART);
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static List<Path> children(Path parent) throws IOException {
        try (Stream<Path> all = Files.list(parent)) {
            return all.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static List<Path> files(Path upload) throws IOException {
        try (Stream<Path> all = Files.walk(upload)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private FleetException failed(IOException e) {
        return new FleetException(
                Category.TRANSIENT,
                "the package cannot be taken into " + folder + ": " + e.getMessage(),
                "look at the disk, or at the way to whoever sends it, and send it again",
                e);
    }
}
