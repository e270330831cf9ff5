package io.fulmar.sync.mqtt;

import java.time.Duration;

/**
 * How badly an {@link InMemoryBroker} behaves; the chances are from 0 to 1 for each event, drawn from a seed.
 *
 * @param drop that the broker takes a message and does not pass it on to a subscriber, as real ones do under load
 * @param duplicate that a subscriber gets a message twice
 * @param reorder that a message is overtaken by later ones
 * @param disconnect that a packet ends the connection it travels on
 * @param amnesia that the broker loses connections, subscriptions and retained messages when a packet comes in
 * @param maximumDelay the longest time that a packet takes; each takes a random part of it
 *     <p>Immutable.
 */
public record Faults(
        long seed,
        double drop,
        double duplicate,
        double reorder,
        double disconnect,
        double amnesia,
        Duration maximumDelay) {
    /** A broker and a network without faults, and without delay. */
    public static Faults none() {
        return new Faults(0, 0, 0, 0, 0, 0, Duration.ZERO);
    }

    /** A broker that does everything wrong, but rarely enough that work gets done. */
    public static Faults everything(long seed) {
        return new Faults(seed, 0.05, 0.05, 0.05, 0.002, 0.0005, Duration.ofMillis(200));
    }
}
