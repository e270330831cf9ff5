package io.fulmar.sync.sqlite;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.util.LibraryLoaderUtil;
import org.sqlite.util.OSInfo;

/**
 * SQLite's native code, unpacked once into a place of our own and used again at every start.
 *
 * <p>The driver alone unpacks a copy into the temporary directory at each start: killed processes leave theirs there, and
 * where that directory is read-only or forbids execution nothing works. Thread-safe.
 */
public final class SqliteLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteLibrary.class);
    private static final String PATH = "org.sqlite.lib.path";
    private static final String NAME = "org.sqlite.lib.name";
    private static final String PREFIX = "sqlite-";

    private SqliteLibrary() {}

    /**
     * Makes the driver load its native code from beside the program, else from below {@code otherwise}. Where neither can
     * be used the driver goes its own way.
     *
     * @param otherwise a directory of the caller's own; null for none
     */
    public static void prepare(@Nullable Path otherwise) {
        if (System.getProperty(PATH) == null) {
            prepare(places(otherwise));
        }
    }

    /** Tries one place after the other; says which one it was, or null. */
    static @Nullable Path prepare(List<Path> places) {
        byte[] library = library();
        if (library == null) {
            return null;
        }
        for (Path dir : places) {
            try {
                Path file = unpacked(library, dir.toAbsolutePath());
                load(file);
                System.setProperty(PATH, dir.toAbsolutePath().toString());
                System.setProperty(NAME, file.getFileName().toString());
                return file;
            } catch (IOException | SecurityException | UnsatisfiedLinkError e) {
                LOG.debug("SQLite's native code cannot be used from {}: {}", dir, e.toString());
            }
        }
        return null;
    }

    @SuppressWarnings("restricted") // the launcher allows native access; the driver does the same
    private static void load(Path file) {
        System.load(file.toString());
    }

    private static List<Path> places(@Nullable Path otherwise) {
        List<Path> places = new ArrayList<>();
        CodeSource source = SqliteLibrary.class.getProtectionDomain().getCodeSource();
        try {
            Path program = source == null ? null : Path.of(source.getLocation().toURI());
            if (program != null && program.getParent() != null) {
                places.add(program.resolveSibling("native"));
            }
        } catch (URISyntaxException | RuntimeException e) {
            LOG.debug("where this program lies is unknown: {}", e.toString());
        }
        if (otherwise != null) {
            places.add(otherwise.resolve("native"));
        }
        return places;
    }

    private static byte @Nullable [] library() {
        String name = "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/"
                + LibraryLoaderUtil.getNativeLibName();
        try (InputStream in = OSInfo.class.getResourceAsStream(name)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            LOG.debug("SQLite's native code cannot be read: {}", e.toString());
            return null;
        }
    }

    /** The file, verified byte for byte; written if it is missing or not what it should be. */
    private static Path unpacked(byte[] library, Path dir) throws IOException {
        Path file = dir.resolve(PREFIX + digest(library).substring(0, 16) + ".so");
        if (!holds(file, library)) {
            Files.createDirectories(dir);
            Path next = dir.resolve(
                    file.getFileName() + "." + ProcessHandle.current().pid());
            try {
                Files.write(next, library);
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(next);
            }
            tidy(dir, file);
        }
        return file;
    }

    private static boolean holds(Path file, byte[] library) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == library.length
                && Arrays.equals(Files.readAllBytes(file), library);
    }

    /** Deletes what other versions, and processes that were killed while they wrote, have left. */
    private static void tidy(Path dir, Path keep) throws IOException {
        try (var files = Files.newDirectoryStream(dir, PREFIX + "*")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String writer = name.substring(name.lastIndexOf('.') + 1);
                boolean beingWritten = writer.matches("[0-9]{1,9}")
                        && ProcessHandle.of(Long.parseLong(writer)).isPresent();
                if (!file.equals(keep) && !beingWritten) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
