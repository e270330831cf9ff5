package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.Level;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What somebody with a meter would see at a simulated pin.
 *
 * @param role what the process that held it last used it for; null if none ever did
 * @param level null where nothing drives or pulls the line: it floats
 * @param share of the time in which a PWM output is high
 * @param holder the process that holds it, 0 if none does
 *     <p>Immutable.
 */
public record SimulatedPin(
        int gpio, @Nullable Role role, @Nullable Level level, double share, long holder) {

    /** What a pin is used for. Immutable. */
    public enum Role {
        INPUT,
        OUTPUT,
        PWM;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static @Nullable Role of(String text) {
            for (Role role : values()) {
                if (role.text().equals(text)) {
                    return role;
                }
            }
            return null;
        }
    }
}
