package io.fulmar.agent;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import java.nio.file.Path;
import java.util.Map;

/** The configurations of device-config/examples. Immutable. */
public final class Examples {
    private Examples() {}

    public static Path file(String example) {
        return Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("device-config/examples")
                .resolve(example);
    }

    public static DeviceConfig config(String example, Map<String, String> overrides) {
        return switch (ConfigLoader.load(ConfigSources.of(file(example)).overrides(overrides))) {
            case LoadResult.Loaded loaded -> loaded.config();
            case LoadResult.Invalid(var problems) -> throw new AssertionError(problems.toString());
        };
    }
}
