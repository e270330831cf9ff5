package io.fulmar.agent.io;

import io.fulmar.config.ActSettings;

/** Makes the actuators that a configuration asks for. Immutable. */
public final class Actuators {
    private Actuators() {}

    public static Actuator of(ActSettings settings) {
        return switch (settings) {
            case ActSettings.LogLine log -> new LogActuator(log.level(), System::nanoTime);
        };
    }
}
