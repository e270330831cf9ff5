package io.fulmar.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what keeps an actuator from acting too often or at the wrong time. Immutable. */
final class GuardBinder {
    private GuardBinder() {}

    /** For an output, which goes to its safe level when nobody decides any more. */
    static GuardSettings output(TableReader table) {
        Duration stale = table.duration("stale", Duration.ofSeconds(30), Duration.ofMillis(100), Duration.ofDays(1));
        return guard(table, stale);
    }

    /** For one that does something and has no level to go back to. */
    static GuardSettings act(TableReader table, List<String> levels) {
        GuardSettings guard = guard(table, Duration.ZERO);
        requireLevel(table, guard.interlock(), levels);
        return guard;
    }

    private static GuardSettings guard(TableReader table, Duration stale) {
        Duration minDwell = table.duration("min_dwell", Duration.ZERO, Duration.ZERO, Duration.ofDays(1));
        int maxMoves = table.integer("max_moves", 60, 1, 60_000);
        String interlock = table.optional("interlock");
        String level = table.oneOf("interlock_level", List.of("low", "high"), "high");
        if (interlock == null && table.has("interlock_level")) {
            table.problem("interlock_level", "needs interlock beside it");
        }
        return new GuardSettings(minDwell, maxMoves, stale, interlock, level.equals("high"));
    }

    /** @param levels names of all inputs and outputs */
    static void requireLevel(TableReader table, @Nullable String interlock, List<String> levels) {
        if (interlock != null && !levels.contains(interlock)) {
            table.problem(
                    "interlock",
                    "there is no input or output named \"" + interlock + "\"; defined: "
                            + (levels.isEmpty() ? "none" : String.join(", ", levels)),
                    Nearest.to(interlock, levels));
        }
    }
}
