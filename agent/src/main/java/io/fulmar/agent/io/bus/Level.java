package io.fulmar.agent.io.bus;

import java.util.Locale;

/** The level of a line. Immutable. */
public enum Level {
    LOW,
    HIGH;

    public static Level of(boolean high) {
        return high ? HIGH : LOW;
    }

    public boolean isHigh() {
        return this == HIGH;
    }

    /** As configurations and people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
