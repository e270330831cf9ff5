package io.fulmar.cli;

import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.mqtt.LinkException.Category;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a password from the first line of a file that only its owner can read. Immutable. */
public final class PasswordFile {
    private static final int MOST_BYTES = 4096;
    private static final Set<PosixFilePermission> TOO_OPEN = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private PasswordFile() {}

    /** Those of that user; null without one. */
    public static @Nullable Credentials credentials(@Nullable String username, @Nullable Path file) {
        return username == null ? null : new Credentials(username, file == null ? null : () -> read(file));
    }

    /** The password; a {@link LinkException} says why there is none. */
    public static String read(Path file) {
        try (var in = Files.newInputStream(file)) {
            if (Files.getPosixFilePermissions(file).stream().anyMatch(TOO_OPEN::contains)) {
                throw new LinkException(
                        Category.PERMANENT,
                        file + ": others can read or change this password",
                        "run: chmod 600 " + file);
            }
            String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
            String line = text.lines().findFirst().orElse("");
            if (line.isEmpty()) {
                throw new LinkException(
                        Category.PERMANENT, file + ": no password in it", "write it into the first line");
            }
            return line;
        } catch (IOException e) {
            throw new LinkException(
                    Category.PERMANENT,
                    file + ": cannot be read (" + e.getClass().getSimpleName() + ")",
                    "check the path, and that this user may read the file",
                    e);
        }
    }
}
