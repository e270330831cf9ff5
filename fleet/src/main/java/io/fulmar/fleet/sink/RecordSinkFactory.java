package io.fulmar.fleet.sink;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes sinks of one kind. What implements it is named in {@code META-INF/services} of its jar, which is found when it is on
 * the class path. Thread-safe.
 */
public interface RecordSinkFactory {
    /** What addresses of this kind begin with, without the colon. */
    String scheme();

    /**
     * Makes one, without connecting yet.
     *
     * @param address with that scheme
     * @param settings a file with further settings; null for none
     * @throws io.fulmar.fleet.base.FleetException when address or settings cannot be right
     */
    RecordSink make(String address, @Nullable Path settings);
}
