package io.fulmar.sync.mqtt;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A link to an {@link InMemoryBroker}, with the same life as one over a socket.
 *
 * <p>Owned by the thread that calls {@link #work}; {@link #publish}, {@link #connected} and {@link #counters} are
 * thread-safe.
 */
public final class InMemoryLink extends ReconnectingLink {
    private final InMemoryBroker broker;

    public InMemoryLink(
            InMemoryBroker broker, LinkConfig config, RandomGenerator random, Consumer<LinkEvent> listener) {
        super(config, random, listener);
        this.broker = broker;
    }

    @Override
    Connection open(LinkConfig settings, Connection.Observer observer) {
        return broker.open(settings, observer);
    }
}
