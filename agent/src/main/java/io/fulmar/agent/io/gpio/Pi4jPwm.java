package io.fulmar.agent.io.gpio;

import com.pi4j.io.exception.IOException;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.PwmOutput;

/** A hardware PWM channel; Pi4J knows the share in whole percent. Owned by one thread at a time. */
final class Pi4jPwm implements PwmOutput {
    private final com.pi4j.io.pwm.Pwm pwm;
    private final int frequency;
    private final Runnable release;
    private double share;

    Pi4jPwm(com.pi4j.io.pwm.Pwm pwm, int frequency, Runnable release) {
        this.release = release;
        this.pwm = pwm;
        this.frequency = frequency;
    }

    @Override
    public void set(double newShare) {
        try {
            int percent = (int) Math.round(newShare * 100);
            if (percent == 0) {
                pwm.off();
            } else {
                pwm.on(percent, frequency);
            }
            share = newShare;
        } catch (IOException e) {
            throw new BusException(
                    BusException.Kind.FAILED,
                    "PWM: " + e.getMessage(),
                    "check that the board's PWM is enabled: 'fulmar check-config FILE --board-pins' says how",
                    e);
        }
    }

    @Override
    public double share() {
        return share;
    }

    @Override
    public void close() {
        release.run();
    }
}
