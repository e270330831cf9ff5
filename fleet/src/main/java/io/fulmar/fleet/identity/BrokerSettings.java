package io.fulmar.fleet.identity;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Where the fleet's broker is and how it is told of changes, kept in the data directory so that every command finds it.
 *
 * @param url as the fleet's own programs reach it
 * @param publicUrl as devices reach it
 * @param enrolUrl where devices enrol; null while no service answers there
 * @param mosquitto a Mosquitto whose files this fleet writes; null for another broker
 *     <p>Immutable.
 */
public record BrokerSettings(
        @Nullable URI url,
        @Nullable URI publicUrl,
        @Nullable URI enrolUrl,
        @Nullable Mosquitto mosquitto) {
    private static final String FILE = "broker.properties";
    private static final BrokerSettings NONE = new BrokerSettings(null, null, null, null);

    /**
     * A Mosquitto on this machine.
     *
     * @param directory with its files
     * @param pidFile whose process is told to read them again; null when {@code reload} does that
     * @param reload a shell command that tells it; null when the signal does
     * @param owner the user that it runs as; null for the user of the fleet
     * @param prefix what all topics begin with
     */
    public record Mosquitto(
            Path directory,
            @Nullable Path pidFile,
            @Nullable String reload,
            @Nullable String owner,
            String prefix) {}

    /** What is known in that data directory. */
    public static BrokerSettings read(Path dataDir) {
        Path file = file(dataDir);
        if (!Files.exists(file)) {
            return NONE;
        }
        var properties = new Properties();
        try {
            properties.load(new StringReader(SafeFiles.read(file)));
            String directory = properties.getProperty("mosquitto.directory");
            String pidFile = properties.getProperty("mosquitto.pidFile");
            return new BrokerSettings(
                    url(properties, "url"),
                    url(properties, "publicUrl"),
                    url(properties, "enrolUrl"),
                    directory == null
                            ? null
                            : new Mosquitto(
                                    Path.of(directory),
                                    pidFile == null ? null : Path.of(pidFile),
                                    properties.getProperty("mosquitto.reload"),
                                    properties.getProperty("mosquitto.owner"),
                                    properties.getProperty("mosquitto.prefix", "")));
        } catch (IOException | IllegalArgumentException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    file + " cannot be read: " + e.getMessage(),
                    "run 'fulmar fleet mosquitto' again",
                    e);
        }
    }

    /** Keeps them, whole or not at all. */
    public void write(Path dataDir) {
        var text = new StringBuilder("# Written by fulmar fleet; read by its commands.\n");
        line(text, "url", url);
        line(text, "publicUrl", publicUrl);
        line(text, "enrolUrl", enrolUrl);
        if (mosquitto != null) {
            line(text, "mosquitto.directory", mosquitto.directory());
            line(text, "mosquitto.pidFile", mosquitto.pidFile());
            line(text, "mosquitto.reload", mosquitto.reload());
            line(text, "mosquitto.owner", mosquitto.owner());
            line(text, "mosquitto.prefix", mosquitto.prefix());
        }
        SafeFiles.createPrivateDirectory(dataDir.resolve(FleetIdentity.DIRECTORY));
        SafeFiles.write(file(dataDir), text.toString(), SafeFiles.PUBLIC);
    }

    public BrokerSettings broker(URI own, URI ofDevices, @Nullable Mosquitto files) {
        return new BrokerSettings(own, ofDevices, enrolUrl, files);
    }

    public BrokerSettings enrolment(@Nullable URI address) {
        return new BrokerSettings(url, publicUrl, address, mosquitto);
    }

    private static void line(StringBuilder text, String key, @Nullable Object value) {
        if (value != null) {
            text.append(key)
                    .append('=')
                    .append(value.toString().replace("\\", "\\\\"))
                    .append('\n');
        }
    }

    private static @Nullable URI url(Properties properties, String key) {
        String value = properties.getProperty(key);
        return value == null ? null : URI.create(value);
    }

    private static Path file(Path dataDir) {
        return dataDir.resolve(FleetIdentity.DIRECTORY).resolve(FILE);
    }
}
