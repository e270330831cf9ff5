package io.fulmar.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the running service of a data directory is, for the commands that talk to it. Has no secrets in it.
 *
 * @param broker the broker, as programs on this machine reach it
 * @param http the page and its API
 * @param prefix what all topics begin with
 * @param pid the service's process
 *     <p>Immutable.
 */
public record ServiceFile(URI broker, URI http, String prefix, long pid) {
    private static final String FILE_NAME = "service.json";

    /** The service that runs on that data directory; null when none does. */
    public static @Nullable ServiceFile read(Path dataDir) {
        Path file = dataDir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            Map<String, @Nullable Object> json = JsonText.read(Files.readString(file));
            if (json.get("broker") instanceof String broker
                    && json.get("http") instanceof String http
                    && json.get("prefix") instanceof String prefix
                    && json.get("pid") instanceof Number pid) {
                boolean alive = ProcessHandle.of(pid.longValue()).isPresent();
                return alive ? new ServiceFile(URI.create(broker), URI.create(http), prefix, pid.longValue()) : null;
            }
        } catch (IOException | WireException | IllegalArgumentException e) {
            throw damaged(file, e);
        }
        throw damaged(file, null);
    }

    private static FleetException damaged(Path file, @Nullable Exception cause) {
        return new FleetException(
                Category.PERMANENT,
                file + " cannot be read" + (cause == null ? "" : ": " + cause.getMessage()),
                "start the fleet service again, or name its broker with --broker",
                cause);
    }

    /** Writes it, whole or not at all. */
    void write(Path dataDir) {
        Path file = dataDir.resolve(FILE_NAME);
        Path part = dataDir.resolve(FILE_NAME + ".new");
        String text = QueryJson.object(json -> {
            json.writeStringProperty("broker", broker.toString());
            json.writeStringProperty("http", http.toString());
            json.writeStringProperty("prefix", prefix);
            json.writeNumberProperty("pid", pid);
        });
        try {
            Files.writeString(part, text + "\n");
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "cannot write " + file + ": " + e,
                    "look at the free space and the permissions of " + dataDir,
                    e);
        }
    }

    /** The service has ended. */
    static void remove(Path dataDir) {
        try {
            Files.deleteIfExists(dataDir.resolve(FILE_NAME));
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT, "cannot delete " + dataDir.resolve(FILE_NAME) + ": " + e, "delete it", e);
        }
    }
}
