package io.fulmar.config;

import java.util.List;

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

    /** Drives an output of {@code [hardware]} high or low with every decision. Immutable. */
    record Output(String output, Wanted wanted, boolean high) implements ActSettings {
        @Override
        public When when() {
            return When.ALWAYS;
        }
    }

    /** Gives a PWM output of {@code [hardware]} one share of the time or another with every decision. Immutable. */
    record Pwm(String pwm, Wanted wanted, double on, double off) implements ActSettings {
        @Override
        public When when() {
            return When.ALWAYS;
        }
    }

    /**
     * For which decisions something is on.
     *
     * @param labels of those decisions; empty for alarms
     *     <p>Immutable.
     */
    record Wanted(List<String> labels) {
        public Wanted {
            labels = List.copyOf(labels);
        }
    }

    /** Writes a line to the log. Immutable. */
    record LogLine(When when, Log.Level level) implements ActSettings {}
}
