package io.fulmar.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads a device's TOML file into a {@link DeviceConfig}, or says everything that is wrong with it. Immutable. */
public final class ConfigLoader {
    private ConfigLoader() {}

    /**
     * Loads {@code file} with {@code overrides} (dotted key to value, as in {@code --set key=value}) laid over it.
     *
     * @throws ConfigException if the file cannot be read
     */
    public static LoadResult load(Path file, Map<String, String> overrides) {
        return new LoadResult.Invalid(
                List.of(new Problem(file.toString(), 1, 1, "", "not readable yet (" + overrides.size() + ")", null)));
    }
}
