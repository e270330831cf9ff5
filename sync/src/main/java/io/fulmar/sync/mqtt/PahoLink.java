package io.fulmar.sync.mqtt;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A link over a real broker, carried by Eclipse Paho.
 *
 * <p>Every connection starts clean (clean start, session expiry 0). The broker's memory would be a second truth that can be
 * lost at any time: what a device must not lose is in its outbox until the ingest has committed it, what the fleet wants is
 * retained, and commands are repeated until answered. A session that outlives the connection would only bring back what
 * both ends send again anyway, late and doubled, and make the broker queue for devices that are gone.
 *
 * <p>For the same reason Paho's own reconnect is off and no client is used twice: after its reconnect Paho resends with
 * topic aliases that the new connection does not know, and the broker cuts it, for ever.
 *
 * <p>A connection costs four threads of Paho while it is up, and none between connections.
 *
 * <p>Owned by the thread that calls {@link #work}; {@link #publish}, {@link #connected} and {@link #counters} are
 * thread-safe.
 */
public final class PahoLink extends ReconnectingLink {
    /**
     * Makes a link; the first {@link #work} starts to connect.
     *
     * @param random where the jitter of the back-off comes from
     * @param listener hears the events, on the thread that calls {@link #work}
     */
    public PahoLink(LinkConfig config, RandomGenerator random, Consumer<LinkEvent> listener) {
        super(config, random, listener);
    }

    @Override
    Connection open(LinkConfig settings, Connection.Observer observer) {
        return PahoConnection.open(settings, observer);
    }
}
