package io.fulmar.config;

/** What the device does about a decision. Immutable. */
public sealed interface ActSettings {

    /** When it acts. */
    When when();

    /** Which decisions lead to the action. */
    enum When {
        /** Every decision. */
        ALWAYS,
        /** The label differs from the decision before. */
        CHANGE,
        /** The decision raises, changes or clears an alarm. */
        ALARM
    }

    /** Writes a line to the log. Immutable. */
    record LogLine(When when, Log.Level level) implements ActSettings {}
}
