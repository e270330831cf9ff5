package io.fulmar.config;

import java.util.List;

/** What came of reading a configuration file. Immutable. */
public sealed interface LoadResult {

    /** The file is right. Immutable. */
    record Loaded(DeviceConfig config) implements LoadResult {}

    /** The file is wrong, and this is everything that is. Immutable. */
    record Invalid(List<Problem> problems) implements LoadResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
