package io.fulmar.cli;

import io.fulmar.config.ConfigException;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.config.Problem;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The file of the device that a command is about. Owned by the main thread. */
public final class DeviceFile {
    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The device's TOML file.")
    private Path config = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the file by its dotted path, for example device.id=d7; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    private final Set<String> tables;
    private @Nullable DeviceConfig loaded;

    /** For a command that needs only those tables of it, and works whatever is wrong with the others. */
    public DeviceFile(String... tables) {
        this.tables = Set.of(tables);
    }

    /** Where it is. */
    public Path path() {
        return config;
    }

    /** What it says in the tables, without the layer of the fleet; a {@link ConfigException} has every problem of theirs. */
    public DeviceConfig config() {
        if (loaded == null) {
            loaded = switch (ConfigLoader.load(ConfigSources.of(config).overrides(overrides), tables)) {
                case LoadResult.Loaded it -> it.config();
                case LoadResult.Invalid it ->
                    throw new ConfigException(
                            ConfigException.Category.PERMANENT,
                            it.problems().stream().map(Problem::text).collect(Collectors.joining("\n")),
                            "correct it; 'fulmar check-config " + config + "' says the same");
            };
        }
        return loaded;
    }
}
