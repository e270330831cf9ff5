package io.fulmar.fleet.kafka;

import io.fulmar.fleet.sink.RecordSink;
import io.fulmar.fleet.sink.RecordSinkFactory;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Makes sinks of addresses as {@code kafka://host:9092/topic}. Thread-safe. */
public final class KafkaSinkFactory implements RecordSinkFactory {
    /** What the client logs while brokers are away, our own errors say. Kept, as a logger that nobody holds forgets its level. */
    private static final Logger QUIET = Logger.getLogger("org.apache.kafka");

    /** For the service loader. */
    public KafkaSinkFactory() {
        QUIET.setLevel(Level.SEVERE);
    }

    @Override
    public String scheme() {
        return KafkaAddress.SCHEME;
    }

    @Override
    public RecordSink make(String address, @Nullable Path settings) {
        KafkaAddress where = KafkaAddress.parse(address);
        return new KafkaSink(where, ClientSettings.of(where, settings));
    }
}
