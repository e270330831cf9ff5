package io.fulmar.agent.configure;

import io.fulmar.config.ConfigException;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.ConfigText;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.config.Problem;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a device starts with: its own configuration with what was kept of the fleet's over it, if that still fits; what was
 * being tried when the agent ended is given up. Owned by the thread that opens the agent.
 */
public final class Startup {
    private final ConfigSources sources;
    private final DeviceConfig own;
    private final ConfigStore store;
    private DeviceConfig config;
    private Generation running = Generation.OWN;
    private @Nullable TurnedDown turnedDown;

    private Startup(ConfigSources sources, DeviceConfig own) {
        this.sources = sources;
        this.own = own;
        this.config = own;
        this.store = ConfigStore.open(own.state().dir());
    }

    /**
     * Reads what was kept.
     *
     * @param own what the sources say without the fleet; no other agent may use its state directory
     */
    public static Startup of(ConfigSources sources, DeviceConfig own) {
        Startup startup = new Startup(sources, own);
        startup.giveUpWhatWasTried();
        startup.layKeptOver();
        return startup;
    }

    private void giveUpWhatWasTried() {
        Kept kept = store.kept();
        if (kept.attempt() != null) {
            Kept without = kept.turnedDown(TurnedDown.reverted("the agent ended while it was being taken over"));
            if (store.keep(without) != null) {
                store.pretend(without); // it is given up again at the next start
            }
        }
        turnedDown = store.trouble() != null
                ? TurnedDown.refused(store.trouble())
                : store.kept().turnedDown();
    }

    private void layKeptOver() {
        Generation active = store.kept().active();
        if (active.toml().isEmpty()) {
            running = active;
            return;
        }
        switch (ConfigLoader.load(layered(sources, active))) {
            case LoadResult.Loaded loaded -> {
                config = loaded.config();
                running = active;
            }
            case LoadResult.Invalid invalid -> ownInstead(text(invalid.problems()));
        }
    }

    /** Starts with the device's own configuration, because the other one cannot be run. */
    public void ownInstead(String reason) {
        config = own;
        running = Generation.OWN;
        turnedDown = TurnedDown.refused("what ran before does not fit this device any more: " + reason);
    }

    /** Whether something of the fleet's lies over the device's own configuration. */
    public boolean isLayered() {
        return !running.toml().isEmpty();
    }

    /** What to start with. */
    public DeviceConfig config() {
        return config;
    }

    /** Why the device's own configuration could not be loaded any more if the agent started now; null if it could. */
    @Nullable
    String whyNotAgain() {
        try {
            return ConfigLoader.load(sources) instanceof LoadResult.Invalid invalid ? text(invalid.problems()) : null;
        } catch (ConfigException e) {
            return e.getMessage();
        }
    }

    ConfigSources sources() {
        return sources;
    }

    ConfigStore store() {
        return store;
    }

    Generation running() {
        return running;
    }

    @Nullable
    TurnedDown turnedDown() {
        return turnedDown;
    }

    /** What all layers say together with that generation over the device's own, each value with where it was said. */
    String text(Generation generation) {
        try {
            return ConfigLoader.load(layered(sources, generation)) instanceof LoadResult.Loaded loaded
                    ? ConfigText.of(loaded)
                    : "";
        } catch (ConfigException e) {
            return "";
        }
    }

    static ConfigSources layered(ConfigSources sources, Generation generation) {
        return generation.toml().isEmpty()
                ? sources
                : sources.remote(
                        generation.version() > 0 ? "desired-" + generation.version() : "config.set", generation.toml());
    }

    static String text(List<Problem> problems) {
        return problems.stream().map(Problem::text).collect(Collectors.joining("; "));
    }
}
