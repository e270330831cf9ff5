package io.fulmar.cli.agent;

import io.fulmar.agent.io.Boards;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.config.ConfigException;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.HardwareSettings;
import io.fulmar.config.LoadResult;
import io.fulmar.config.Problem;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command that tries wiring is told, and what it asks of the configuration. Owned by the main thread. */
final class IoOptions {
    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The device's TOML file.")
    private Path config = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the file by its dotted path, for example device.id=d7; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--json", description = "Prints JSON, one object a line, instead of text.")
    private boolean json;

    private @Nullable DeviceConfig loaded;

    boolean json() {
        return json;
    }

    /** The configuration, without that of the fleet: it cannot say what is wired. */
    DeviceConfig config() {
        if (loaded == null) {
            loaded = switch (ConfigLoader.load(ConfigSources.of(config).overrides(overrides))) {
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

    /** What is wired. */
    HardwareSettings hardware() {
        return config().hardware();
    }

    /** The pins and buses; there must be something wired. */
    Board board() {
        HardwareSettings.Provider provider = hardware().provider();
        if (provider == null) {
            throw new BusException(
                    BusException.Kind.ABSENT,
                    "nothing is wired: " + config + " has no [hardware]",
                    "name what is wired there; docs/hardware.md begins with provider = \"simulated\", which needs no pins");
        }
        return Boards.open(
                hardware(),
                provider,
                config().device().board(),
                config().state().dir());
    }

    /** The board as the simulator's, for what only that can do. */
    SimulatedBoard simulated() {
        if (board() instanceof SimulatedBoard board) {
            return board;
        }
        throw new BusException(
                BusException.Kind.ABSENT,
                "only simulated hardware can be told what happens to it",
                "--set hardware.provider=simulated");
    }

    /** That nothing of this name is wired. */
    BusException unknown(String name) {
        return new BusException(
                BusException.Kind.ABSENT,
                "nothing named \"" + name + "\" is wired; there are "
                        + (hardware().names().isEmpty()
                                ? "none"
                                : String.join(", ", hardware().names())),
                "'fulmar agent io list' shows what each is");
    }
}
