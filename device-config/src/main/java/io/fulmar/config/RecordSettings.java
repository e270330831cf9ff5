package io.fulmar.config;

import java.util.Set;

/**
 * Which predictions are kept. A decision that raises, changes or clears an alarm is kept whatever the policy says, in
 * the stream {@code alarm}; the others go to {@code data}. Immutable.
 */
public record RecordSettings(Policy policy, Set<String> alarmLabels) {

    public RecordSettings {
        alarmLabels = Set.copyOf(alarmLabels);
    }

    /** Which of the ordinary predictions are kept. */
    public sealed interface Policy {}

    /** Every prediction. Immutable. */
    public record All() implements Policy {}

    /** The first prediction and each whose label differs from the one before. Immutable. */
    public record Changes() implements Policy {}

    /** One prediction of {@code n}. Immutable. */
    public record Every(int n) implements Policy {}
}
