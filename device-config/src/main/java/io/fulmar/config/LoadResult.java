package io.fulmar.config;

import java.util.List;
import java.util.Map;

/** What came of reading a configuration. Immutable. */
public sealed interface LoadResult {

    /**
     * It is right.
     *
     * @param places where the value of each dotted key was said, such as {@code device.toml:12}; what is not in it has a
     *     default
     *     <p>Immutable.
     */
    record Loaded(DeviceConfig config, Map<String, String> places) implements LoadResult {
        public Loaded {
            places = Map.copyOf(places);
        }
    }

    /** It is wrong, and this is everything that is. Immutable. */
    record Invalid(List<Problem> problems) implements LoadResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
