package io.fulmar.agent.io;

import io.fulmar.config.ActSettings;

/** Makes the actuators that a configuration asks for. Immutable. */
public final class Actuators {
    private Actuators() {}

    public static Actuator of(ActSettings settings, Hardware hardware) {
        return switch (settings) {
            case ActSettings.LogLine log -> new LogActuator(log.level(), System::nanoTime);
            case ActSettings.Output output ->
                new GuardedActuator(
                        output.output(),
                        hardware.guard(output.output()),
                        output.wanted(),
                        output.high() ? 1 : 0,
                        output.high() ? 0 : 1,
                        order -> order.score() == 0 ? 0 : 1);
            case ActSettings.Pwm pwm ->
                new GuardedActuator(
                        pwm.pwm(),
                        hardware.guard(pwm.pwm()),
                        pwm.wanted(),
                        pwm.on(),
                        pwm.off(),
                        order -> Math.clamp(order.score(), 0f, 1f));
        };
    }
}
