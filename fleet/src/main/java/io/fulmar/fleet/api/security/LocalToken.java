package io.fulmar.fleet.api.security;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.identity.SafeFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The token of an administrator in a file of the data directory, which the command line on that machine uses by itself. Who
 * may read the file could as well change the database. Thread-safe.
 */
public final class LocalToken {
    private static final String FILE_NAME = "admin.token";
    private static final String NAME = "administrator on the fleet's machine";

    private LocalToken() {}

    public static Path file(Path dataDir) {
        return dataDir.resolve(FILE_NAME);
    }

    /** The token in the file; null where there is none. */
    public static @Nullable String read(Path dataDir) {
        Path file = file(dataDir);
        try {
            return Files.exists(file)
                    ? Files.readString(file, StandardCharsets.UTF_8).strip()
                    : null;
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "cannot read " + file + ": " + e,
                    "run this as the user of the fleet service, or name a token with --token-file",
                    e);
        }
    }

    /**
     * Writes the file where it is missing, or where its token is of another database. One that was revoked stays so: to have a
     * new one, delete the file and start the service.
     *
     * @return whether the file is new
     */
    public static boolean provide(Path dataDir, Tokens tokens) {
        String text = read(dataDir);
        if (text != null && tokens.get(idOf(text)).isPresent()) {
            return false;
        }
        Token.Made made = tokens.make(NAME, Role.ADMIN, null, "the fleet service");
        if (made == null) {
            throw new FleetException(
                    Category.PERMANENT, "there are too many tokens", "delete some from the table api_token");
        }
        SafeFiles.write(file(dataDir), made.text() + "\n", SafeFiles.SECRET);
        return true;
    }

    private static String idOf(String text) {
        String[] parts = text.split("_", -1);
        return parts.length == 3 ? parts[1] : "";
    }
}
