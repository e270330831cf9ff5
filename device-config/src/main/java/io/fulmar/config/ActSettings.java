package io.fulmar.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the device does about a decision. Immutable. */
public sealed interface ActSettings {

    /** For which decisions it does so. */
    Occasion occasion();

    /** When it acts. */
    enum When {
        /** Every decision. */
        ALWAYS,
        /** The label differs from the decision before. */
        CHANGE,
        /** The decision raises, changes or clears an alarm. */
        ALARM
    }

    /**
     * The decisions that something is done about.
     *
     * @param labels of those decisions; empty for all
     *     <p>Immutable.
     */
    record Occasion(When when, List<String> labels) {
        /** Every decision. */
        public static final Occasion EVERY = new Occasion(When.ALWAYS, List.of());

        public Occasion {
            labels = List.copyOf(labels);
        }
    }

    /** Drives an output of {@code [hardware]} high or low with every decision. Immutable. */
    record Output(String output, Wanted wanted, boolean high) implements ActSettings {
        @Override
        public Occasion occasion() {
            return Occasion.EVERY;
        }
    }

    /** Gives a PWM output of {@code [hardware]} one share of the time or another with every decision. Immutable. */
    record Pwm(String pwm, Wanted wanted, double on, double off) implements ActSettings {
        @Override
        public Occasion occasion() {
            return Occasion.EVERY;
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
    record LogLine(String name, Occasion occasion, GuardSettings guard, Log.Level level) implements ActSettings {}

    /**
     * Publishes a message over the device's own link.
     *
     * @param payload null for the decision as JSON
     *     <p>Immutable.
     */
    record Publish(
            String name,
            Occasion occasion,
            GuardSettings guard,
            String topic,
            @Nullable String payload,
            boolean retain) implements ActSettings {}

    /**
     * Calls a webhook with the decision as JSON.
     *
     * @param token what the callee must be shown; null for nothing
     * @param ca PEM file of whoever signs for the callee; null for those whom Java trusts
     * @param timeout how long it may take until the callee answers
     *     <p>Immutable.
     */
    record Webhook(
            String name,
            Occasion occasion,
            GuardSettings guard,
            URI url,
            @Nullable Secret token,
            @Nullable Path ca,
            Duration timeout)
            implements ActSettings {}

    /**
     * Runs a program, never by a shell.
     *
     * @param command the program and its arguments
     * @param timeout after which it is killed
     *     <p>Immutable.
     */
    record Command(String name, Occasion occasion, GuardSettings guard, List<String> command, Duration timeout)
            implements ActSettings {
        public Command {
            command = List.copyOf(command);
        }
    }
}
