package io.fulmar.fleet.kafka;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** What Kafka's client is told: what a file says, and what the promises of the sink need. Immutable. */
final class ClientSettings {
    // A service that is to stop waits for what is under way, so all of it together has to end within seconds.

    /** How long it may take to learn about the topic. */
    static final Duration METADATA = Duration.ofSeconds(3);

    private static final Duration DELIVERY = Duration.ofSeconds(8);
    private static final Duration REQUEST = Duration.ofSeconds(4);
    private static final int LINGER_MILLIS = 5;
    private static final int BATCH_BYTES = 128 << 10;

    private static final Set<PosixFilePermission> OPEN = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private ClientSettings() {}

    /** @param file null for none */
    static Map<String, Object> of(KafkaAddress address, @Nullable Path file) {
        Map<String, Object> fixed = new HashMap<>();
        fixed.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, address.servers());
        fixed.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class.getName());
        fixed.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class.getName());
        fixed.put(ProducerConfig.ACKS_CONFIG, "all");
        fixed.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        fixed.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, METADATA.toMillis());
        fixed.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(DELIVERY.toMillis()));
        fixed.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(REQUEST.toMillis()));
        fixed.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.CLIENT_ID_CONFIG, "fulmar-fleet");
        all.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        all.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        if (file != null) {
            Properties said = read(file);
            for (String name : new TreeSet<>(said.stringPropertyNames())) {
                if (fixed.containsKey(name) || name.equals(ProducerConfig.TRANSACTIONAL_ID_CONFIG)) {
                    throw new FleetException(
                            Category.PERMANENT,
                            file + ": " + name + " is not for this file",
                            "leave it out: Fulmar sets it itself, for what it promises");
                }
                all.put(name, said.getProperty(name));
            }
        }
        all.putAll(fixed);
        try {
            new ProducerConfig(all);
        } catch (ConfigException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    (file == null ? address.servers() : file.toString()) + ": " + e.getMessage(),
                    "see the producer's settings in Kafka's documentation",
                    e);
        }
        return Map.copyOf(all);
    }

    private static Properties read(Path file) {
        try (Reader reader = Files.newBufferedReader(file)) {
            if (Files.getPosixFilePermissions(file).stream().anyMatch(OPEN::contains)) {
                throw new FleetException(
                        Category.PERMANENT,
                        file + ": others can read or change it, and there may be passwords in it",
                        "run: chmod 600 " + file);
            }
            var properties = new Properties();
            properties.load(reader);
            return properties;
        } catch (IOException | IllegalArgumentException e) {
            throw new FleetException(
                    Category.PERMANENT,
                    file + ": cannot be read (" + e + ")",
                    "check the path, that this user may read it, and that it has lines as name=value",
                    e);
        }
    }
}
