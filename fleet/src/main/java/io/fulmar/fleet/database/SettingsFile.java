package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The file in a data directory that says that its fleet's database is elsewhere. It holds no secret. Immutable. */
final class SettingsFile {
    static final String NAME = "database.properties";

    private SettingsFile() {}

    /** What it says; null where there is none. */
    static @Nullable PostgresSettings read(Path dataDir) {
        Path file = dataDir.resolve(NAME);
        if (!Files.exists(file)) {
            return null;
        }
        var properties = new Properties();
        try (Reader in = new StringReader(Files.readString(file))) {
            properties.load(in);
            String url = properties.getProperty("url", "");
            String passwordFile = properties.getProperty("password-file");
            return new PostgresSettings(URI.create(url), passwordFile == null ? null : Path.of(passwordFile));
        } catch (IOException | IllegalArgumentException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    file + " cannot be read: " + e.getMessage(),
                    "name the database again with 'fulmar fleet serve --database'",
                    e);
        }
    }

    /** Replaces it as a whole; null removes it. */
    static void write(Path dataDir, @Nullable PostgresSettings settings) {
        Path file = dataDir.resolve(NAME);
        try {
            if (settings == null) {
                Files.deleteIfExists(file);
                return;
            }
            var text = new StringBuilder("# Written by 'fulmar fleet serve --database'.\n");
            text.append("url=").append(escaped(settings.url().toString())).append('\n');
            if (settings.passwordFile() != null) {
                text.append("password-file=")
                        .append(escaped(settings.passwordFile().toAbsolutePath().toString()))
                        .append('\n');
            }
            Path next = dataDir.resolve(NAME + ".new");
            Files.writeString(next, text);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "cannot write " + file + ": " + e,
                    "choose a directory that this user may write with --data",
                    e);
        }
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\");
    }
}
