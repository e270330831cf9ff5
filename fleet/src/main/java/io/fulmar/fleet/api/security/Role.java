package io.fulmar.fleet.api.security;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a caller may do; each role may also do what the ones before it may. Immutable. */
public enum Role {
    /** Reads {@code /metrics} and nothing else. */
    METRICS,
    /** Reads everything but tokens. */
    VIEWER,
    /** Tells devices what to do: commands, labels, rollouts. */
    OPERATOR,
    /** Publishes and withdraws releases of models. */
    PUBLISHER,
    /** Everything, also who else may. */
    ADMIN;

    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** As it is written in answers, in the database and on the command line. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Role> of(String text) {
        return Arrays.stream(values()).filter(role -> role.text().equals(text)).findAny();
    }
}
