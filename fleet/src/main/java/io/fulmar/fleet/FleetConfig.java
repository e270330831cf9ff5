package io.fulmar.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.sync.wire.Topics;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a fleet service needs to know.
 *
 * @param dataDir where the database is
 * @param bindAddress the address that the embedded broker and the HTTP server listen on
 * @param mqttPort of the embedded broker; 0 for any free one
 * @param httpPort 0 for any free one
 * @param broker an existing broker to use; null to start the embedded one
 * @param prefix what all topics begin with
 *     <p>Immutable.
 */
public record FleetConfig(
        Path dataDir,
        String bindAddress,
        int mqttPort,
        int httpPort,
        @Nullable URI broker,
        String prefix) {
    /** Only programs on this machine reach it. */
    public static final String DEFAULT_BIND_ADDRESS = "127.0.0.1";

    public static final int DEFAULT_MQTT_PORT = 1883;
    public static final int DEFAULT_HTTP_PORT = 8080;

    public FleetConfig {
        requirePort("MQTT", mqttPort);
        requirePort("HTTP", httpPort);
        requirePrefix(prefix);
    }

    /** Everything on free ports of the loopback address. */
    public static FleetConfig inDirectory(Path dataDir) {
        return new FleetConfig(dataDir, DEFAULT_BIND_ADDRESS, 0, 0, null, Topics.DEFAULT_PREFIX);
    }

    private static void requirePort(String what, int port) {
        if (port < 0 || port > 65_535) {
            throw new FleetException(
                    Category.PERMANENT, "the " + what + " port is " + port, "choose 1 to 65535, or 0 for any free one");
        }
    }

    private static void requirePrefix(String prefix) {
        try {
            new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw new FleetException(
                    Category.PERMANENT, String.valueOf(e.getMessage()), "the default is " + Topics.DEFAULT_PREFIX, e);
        }
    }
}
