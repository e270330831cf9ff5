package io.fulmar.agent.io;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import io.fulmar.agent.io.gpio.Pi4jBoard;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.config.BoardProfile;
import io.fulmar.config.HardwareSettings;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Gives access to pins as a configuration asks for it. Immutable. */
public final class Boards {
    private Boards() {}

    /**
     * The board of the provider that the configuration names, simulated with the chips of its sensors.
     *
     * @param settings of a device on {@code board}
     * @param state the state directory, by which simulated pins are told apart
     * @throws io.fulmar.agent.io.bus.BusException if there is no access
     */
    public static Board open(
            HardwareSettings settings, HardwareSettings.Provider provider, @Nullable String board, Path state) {
        return switch (provider) {
            case PI4J ->
                // its classes are loaded where somebody asks for them, and not before
                Pi4jBoard.open(BoardProfile.named(Objects.requireNonNull(board)).orElseThrow());
            case SIMULATED -> {
                SimulatedBoard simulated = SimulatedBoard.open(state, System::nanoTime);
                for (int i = 0; i < settings.sensors().size(); i++) {
                    simulated.attach(i, settings.sensors().get(i));
                }
                yield simulated;
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
