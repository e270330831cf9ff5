package io.fulmar.agent.io;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.config.HardwareSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Gives access to pins as a configuration asks for it. Immutable. */
public final class Boards {
    private Boards() {}

    /**
     * The board of the provider that the configuration names, simulated with the chips of its sensors.
     *
     * @param state the state directory, by which simulated pins are told apart
     * @throws io.fulmar.agent.io.bus.BusException if there is no access
     */
    public static Board open(HardwareSettings settings, HardwareSettings.Provider provider, Path state) {
        return switch (provider) {
            case SIMULATED -> {
                SimulatedBoard board = SimulatedBoard.open(state, System::nanoTime);
                for (int i = 0; i < settings.sensors().size(); i++) {
                    board.attach(i, settings.sensors().get(i));
                }
                yield board;
            }
        };
    }

    /** The resistor as pins know it. */
    public static Pull pull(HardwareSettings.Pull configured) {
        return switch (configured) {
            case NONE -> Pull.NONE;
            case UP -> Pull.UP;
            case DOWN -> Pull.DOWN;
        };
    }

    /** The level to go to where nothing good can be said; null to stay. */
    public static @Nullable Level safe(HardwareSettings.Safe configured) {
        return switch (configured) {
            case LOW -> Level.LOW;
            case HIGH -> Level.HIGH;
            case HOLD -> null;
        };
    }
}
