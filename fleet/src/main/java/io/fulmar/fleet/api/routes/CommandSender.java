package io.fulmar.fleet.api.routes;

/** Publishes what devices are to do. Thread-safe. */
@FunctionalInterface
public interface CommandSender {
    /** Sends a message to a topic, and returns when the broker has taken it; else a {@code FleetException} says why not. */
    void send(String topic, byte[] message);
}
