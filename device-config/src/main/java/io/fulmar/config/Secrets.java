package io.fulmar.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds secrets where they belong: in files that nobody else can read, in credentials of systemd, in the environment. Says
 * of none what it is, not even in a problem. Owned by the one load that builds it.
 */
final class Secrets {
    /** The one value that the environment may say. */
    static final String PASSWORD = "FULMAR_MQTT_PASSWORD";

    private static final String CREDENTIAL = "credential:";
    private static final String CREDENTIALS = "CREDENTIALS_DIRECTORY";
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final Map<String, String> environment;

    Secrets(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The broker's password: of the environment, else of the file that {@code mqtt} names, else none. */
    @Nullable
    Secret password(TableReader mqtt) {
        refusePassword(mqtt, ", or set " + PASSWORD);
        String named = mqtt.optional("password_file");
        String given = environment.getOrDefault(PASSWORD, "");
        if ((named != null || !given.isEmpty()) && !mqtt.has("username")) {
            mqtt.problem("username", "is missing; there is a password for it");
        }
        if (!given.isEmpty()) {
            return new Secret(given, PASSWORD);
        }
        return named == null ? null : ofFile(mqtt, "password_file", named);
    }

    /** The password of another broker: of the file that {@code broker} names, else none. */
    @Nullable
    Secret passwordFile(TableReader broker) {
        refusePassword(broker, "");
        String named = broker.optional("password_file");
        if (named != null && !broker.has("username")) {
            broker.problem("username", "is missing; there is a password for it");
        }
        return named == null ? null : ofFile(broker, "password_file", named);
    }

    private static void refusePassword(TableReader table, String otherwise) {
        table.refuse(
                "password",
                "does not belong in here, where others may see it; put it into a file of its own, chmod 600 that, and name"
                        + " it with password_file" + otherwise);
    }

    /** What callers of the local interface must know: of the file that {@code api} names, else none. */
    @Nullable
    Secret token(TableReader api) {
        api.refuse(
                "token",
                "does not belong in here, where others may see it; put it into a file of its own, chmod 600 that, and name"
                        + " it with token_file");
        String named = api.optional("token_file");
        Secret token = named == null ? null : ofFile(api, "token_file", named);
        if (token != null && token.reveal().length() < Limits.TOKEN_CHARS) {
            api.problem(
                    "token_file",
                    "expected at least " + Limits.TOKEN_CHARS + " characters in that file, such as those of: head -c 24"
                            + " /dev/urandom | base64");
            return null;
        }
        return token;
    }

    /** The secret of the file that {@code key} names, else none. */
    @Nullable
    Secret file(TableReader table, String key) {
        String named = table.optional(key);
        return named == null ? null : ofFile(table, key, named);
    }

    private @Nullable Secret ofFile(TableReader table, String key, String named) {
        Path file = path(table, key, named);
        if (file == null || !guarded(table, key, file)) {
            return null;
        }
        try {
            byte[] bytes = SmallFile.read(file, Limits.SECRET_BYTES);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            String value = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
            if (value.isEmpty()
                    || bytes.length > Limits.SECRET_BYTES
                    || value.chars().anyMatch(c -> c < ' ')) {
                table.problem(key, "expected one line of at most " + Limits.SECRET_BYTES + " bytes in that file");
                return null;
            }
            return new Secret(value, named.startsWith(CREDENTIAL) ? named : file.toString());
        } catch (CharacterCodingException e) {
            table.problem(key, "expected a file of UTF-8");
        } catch (IOException e) {
            table.problem(key, "cannot be read: " + e.getMessage());
        }
        return null;
    }

    /** The file that {@code key} names, which may be a credential of systemd; null after reporting that it is no path. */
    @Nullable
    Path path(TableReader table, String key, String text) {
        try {
            if (!text.startsWith(CREDENTIAL)) {
                return table.folder(key).resolve(text).normalize();
            }
            String name = text.substring(CREDENTIAL.length());
            Path directory = credentials();
            if (!TableReader.NAME.matcher(name).matches() || name.startsWith(".")) {
                table.problem(key, "expected the name of a credential behind " + CREDENTIAL);
            } else if (directory == null) {
                table.problem(
                        key,
                        "is a credential of systemd, but " + CREDENTIALS + " is not set; start the service with"
                                + " LoadCredential=" + name + ":PATH");
            } else {
                return directory.resolve(name);
            }
        } catch (InvalidPathException e) {
            table.problem(key, "is not a path");
        }
        return null;
    }

    /** Whether nobody else can read or replace {@code file}, which is said under {@code key}; reports who can. */
    boolean guarded(TableReader table, String key, Path file) {
        Path directory = credentials();
        if (directory != null && file.startsWith(directory)) {
            return true; // systemd guards the whole directory, and gives the files an access list instead of an owner
        }
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        try {
            if (view == null || !Files.isRegularFile(file)) {
                return true;
            }
            PosixFileAttributes attributes = view.readAttributes();
            Set<PosixFilePermission> permissions = attributes.permissions();
            if (permissions.stream().anyMatch(OTHERS::contains)) {
                table.problem(
                        key,
                        "can be read or written by others (" + PosixFilePermissions.toString(permissions)
                                + "); run chmod 600 on that file");
                return false;
            }
            if (!mine(file)) {
                table.problem(
                        key,
                        "belongs to the user " + attributes.owner().getName()
                                + ", who can change it; run chown on that file");
                return false;
            }
            return true;
        } catch (IOException e) {
            table.problem(key, "cannot be read: " + e.getMessage());
            return false;
        }
    }

    /** Whether the file belongs to this user or to root; root itself may read the files of any service. */
    private static boolean mine(Path file) throws IOException {
        Path self = Path.of("/proc/self");
        if (!Files.isDirectory(self)) {
            return true;
        }
        Object me = Files.getAttribute(self, "unix:uid");
        Object owner = Files.getAttribute(file, "unix:uid");
        return me.equals(0) || owner.equals(0) || owner.equals(me);
    }

    private @Nullable Path credentials() {
        String directory = environment.getOrDefault(CREDENTIALS, "");
        return directory.isEmpty() ? null : Path.of(directory).normalize();
    }
}
