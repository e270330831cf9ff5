package io.fulmar.cli.agent;

import io.fulmar.agent.io.Boards;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.cli.DeviceFile;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.HardwareSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command that tries wiring is told, and what it asks of the configuration. Owned by the main thread. */
final class IoOptions {
    @Mixin
    private DeviceFile file = new DeviceFile("device", "state", "hardware");

    @Option(names = "--json", description = "Prints JSON, one object a line, instead of text.")
    private boolean json;

    boolean json() {
        return json;
    }

    /** The configuration, without that of the fleet: it cannot say what is wired. */
    DeviceConfig config() {
        return file.config();
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
                    "nothing is wired: " + file.path() + " has no [hardware]",
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
