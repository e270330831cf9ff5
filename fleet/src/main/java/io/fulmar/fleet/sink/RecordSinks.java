package io.fulmar.fleet.sink;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.nio.file.Path;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds the sink for an address among the modules that are on the class path. Thread-safe. */
public final class RecordSinks {
    private RecordSinks() {}

    /**
     * The sink at that address; it does not connect yet.
     *
     * @param settings a file with further settings; null for none
     */
    public static RecordSink at(String address, @Nullable Path settings) {
        int colon = address.indexOf("://");
        if (colon <= 0) {
            throw new FleetException(
                    Category.PERMANENT,
                    "'" + address + "' is no address to send records to",
                    "write it as kafka://host:9092/topic");
        }
        String scheme = address.substring(0, colon);
        try {
            for (RecordSinkFactory factory :
                    ServiceLoader.load(RecordSinkFactory.class, RecordSinks.class.getClassLoader())) {
                if (factory.scheme().equals(scheme)) {
                    return factory.make(address, settings);
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new FleetException(
                    Category.PERMANENT,
                    "a module among the plugins cannot be used: " + e.getMessage(),
                    "build it again with the same version of Fulmar; see docs/kafka.md",
                    e);
        }
        throw new FleetException(
                Category.PERMANENT,
                "no module that can send records to " + scheme + ":// is on the class path",
                scheme.equals("kafka")
                        ? "build it with ./mvnw -pl fleet/kafka -am -Dmaven.test.skip=true package and start with"
                                + " FULMAR_PLUGINS=fleet/kafka/target/plugin; see docs/kafka.md"
                        : "there is one for kafka://host:9092/topic; see docs/kafka.md");
    }
}
