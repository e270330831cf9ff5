package io.fulmar.fleet.database;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which PostgreSQL database a fleet uses.
 *
 * @param url {@code postgresql://user@host:port/database}, with the settings of its TLS as parameters
 * @param passwordFile whose first line is the password, read for each connection; null for the environment variable {@value
 *     #PASSWORD_VARIABLE}, and where that is not set for none
 *     <p>Immutable.
 */
public record PostgresSettings(URI url, @Nullable Path passwordFile) {
    /** The environment variable with the password. */
    public static final String PASSWORD_VARIABLE = "FULMAR_DATABASE_PASSWORD";

    private static final int DEFAULT_PORT = 5432;
    private static final int MOST_PASSWORD_BYTES = 4096;
    private static final Set<String> PARAMETERS =
            Set.of("sslmode", "sslrootcert", "sslcert", "sslkey", "currentSchema");
    private static final Set<PosixFilePermission> TOO_OPEN = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    /** A {@link FleetException} says what is wrong with the address. */
    public PostgresSettings {
        String scheme = url.getScheme();
        if (!"postgresql".equals(scheme) && !"postgres".equals(scheme)) {
            throw wrong(
                    "a database is written as postgresql://user@host:5432/name, not '" + withoutPassword(url) + "'");
        }
        if (url.getHost() == null || url.getPath() == null || url.getPath().length() < 2) {
            throw wrong("'" + withoutPassword(url) + "' names no host or no database");
        }
        String user = url.getUserInfo();
        if (user == null || user.isEmpty()) {
            throw wrong("'" + url + "' names no user");
        }
        if (user.indexOf(':') >= 0) {
            throw new FleetException(
                    Category.PERMANENT,
                    "a password in the address of the database would be seen by others",
                    "leave it out and put it into a file for --database-password-file, or into " + PASSWORD_VARIABLE);
        }
        for (String name : parameters(url).keySet()) {
            if (!PARAMETERS.contains(name)) {
                throw wrong("'" + name + "' is no parameter that can be set here");
            }
        }
    }

    private static FleetException wrong(String message) {
        return new FleetException(
                Category.PERMANENT, message, "write it as postgresql://user@host:5432/name?sslmode=verify-full");
    }

    private static String withoutPassword(URI url) {
        return url.toString().replaceAll("//[^/@]*@", "//");
    }

    String user() {
        return url.getUserInfo();
    }

    int port() {
        return url.getPort() < 0 ? DEFAULT_PORT : url.getPort();
    }

    String name() {
        return url.getPath().substring(1);
    }

    /** For messages. */
    String text() {
        return "the database " + name() + " at " + url.getHost() + ":" + port();
    }

    String jdbcUrl() {
        return "jdbc:postgresql://" + url.getHost() + ":" + port() + url.getRawPath();
    }

    Map<String, String> parameters() {
        return parameters(url);
    }

    private static Map<String, String> parameters(URI url) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (url.getQuery() != null) {
            for (String each : url.getQuery().split("&", -1)) {
                int equals = each.indexOf('=');
                parameters.put(
                        equals < 0 ? each : each.substring(0, equals), equals < 0 ? "" : each.substring(equals + 1));
            }
        }
        return parameters;
    }

    /** The password now; null for none. */
    @Nullable
    String password() {
        return passwordFile == null ? System.getenv(PASSWORD_VARIABLE) : read(passwordFile);
    }

    private static String read(Path file) {
        try (var in = Files.newInputStream(file)) {
            if (Files.getPosixFilePermissions(file).stream().anyMatch(TOO_OPEN::contains)) {
                throw new FleetException(
                        Category.PERMANENT,
                        file + ": others can read or change this password",
                        "run: chmod 600 " + file);
            }
            String line = new String(in.readNBytes(MOST_PASSWORD_BYTES), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
            if (line.isEmpty()) {
                throw new FleetException(
                        Category.PERMANENT, file + ": no password in it", "write it into the first line");
            }
            return line;
        } catch (IOException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    file + ": cannot be read (" + e.getClass().getSimpleName() + ")",
                    "check the path, and that this user may read the file",
                    e);
        }
    }
}
