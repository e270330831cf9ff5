package io.fulmar.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Envelope;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection of somebody who tells devices what to do, and hears what becomes of it. What goes wrong is a {@link
 * FleetException}. Owned by the thread that made it.
 */
public final class FleetClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(15);
    private static final long REST_NANOS = 2_000_000;

    private final URI broker;
    private final Link link;
    private final Consumer<InboundMessage> listener;
    private final Set<Long> settled = new HashSet<>();
    private @Nullable FleetException failure;
    private long token;

    private FleetClient(URI broker, LinkConfig config, Consumer<InboundMessage> listener) {
        this.broker = broker;
        this.listener = listener;
        this.link = new PahoLink(config, new SplittableRandom(), this::onEvent);
    }

    /**
     * Connects.
     *
     * @param tls null for a connection that is not encrypted
     * @param credentials for a broker that asks for a user name; null for one that does not
     * @param filters what to hear
     * @param listener hears it, on the thread that waits here
     */
    public static FleetClient connect(
            URI broker,
            @Nullable Tls tls,
            @Nullable Credentials credentials,
            List<String> filters,
            Consumer<InboundMessage> listener) {
        LinkConfig.Builder builder = LinkConfig.builder(
                        broker, "fulmar-operator-" + Long.toHexString(new SplittableRandom().nextLong()))
                .subscriptions(filters)
                .credentials(credentials)
                .connectTimeout(CONNECT_TIMEOUT)
                .backoff(Backoff.between(Duration.ofMillis(200), Duration.ofSeconds(2)));
        if (tls != null) {
            builder.tls(tls);
        }
        var client = new FleetClient(broker, builder.build(), listener);
        try {
            if (!client.await(() -> client.link.connected() || client.failure != null, CONNECT_TIMEOUT.multipliedBy(2))
                    || !client.link.connected()) {
                throw client.failure != null
                        ? client.failure
                        : failed(
                                Category.TRANSIENT,
                                "no connection to " + broker + " in time",
                                "look at the network",
                                null);
            }
        } catch (RuntimeException e) {
            client.close();
            throw e;
        }
        return client;
    }

    private void onEvent(LinkEvent event) {
        switch (event) {
            case LinkEvent.Connected connected -> failure = null;
            case LinkEvent.Disconnected lost ->
                failure =
                        failed(Category.TRANSIENT, "no connection to the broker: " + lost.reason(), lost.hint(), null);
            case LinkEvent.Received received -> listener.accept(received.message());
            case LinkEvent.Published published -> {
                if (published.taken()) {
                    settled.add(published.token());
                } else {
                    failure = failed(
                            Category.PERMANENT,
                            "the broker " + broker + " refused to take it (reason code 0x"
                                    + Integer.toHexString(published.reasonCode()) + ")",
                            "this user may not write that topic: use the certificate of an operator",
                            null);
                }
            }
            case LinkEvent.Unsubscribed refused ->
                failure = failed(Category.PERMANENT, refused.reason(), refused.hint(), null);
        }
    }

    /** Publishes, and waits until the broker has taken it. */
    public void send(String topic, byte[] bytes, boolean retain) {
        long own = token++;
        failure = null;
        var message = OutboundMessage.of(topic, bytes, 1, retain, own).describedAs(Envelope.JSON, Map.of());
        boolean[] handedOver = {false};
        boolean done = await(
                () -> {
                    if (!handedOver[0]) {
                        PublishOutcome outcome = link.publish(message);
                        handedOver[0] = outcome == PublishOutcome.ACCEPTED;
                        if (outcome == PublishOutcome.TOO_LARGE) {
                            failure = failed(
                                    Category.PERMANENT,
                                    bytes.length + " bytes are more than the broker " + broker + " takes",
                                    "say it in fewer",
                                    null);
                        }
                    }
                    return failure != null || settled.remove(own);
                },
                SEND_TIMEOUT);
        if (failure != null) {
            throw failure;
        }
        if (!done) {
            throw failed(
                    Category.TRANSIENT,
                    "the broker " + broker + " did not answer within " + SEND_TIMEOUT.toSeconds() + " s",
                    "it is not certain that the message was taken: look with 'fulmar fleet commands'",
                    null);
        }
    }

    /** Hears what comes until that holds or the time is over. Returns whether it holds. */
    public boolean await(BooleanSupplier holds, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            if (link.work(System.nanoTime()) == 0) {
                LockSupport.parkNanos(REST_NANOS);
            }
        }
        return true;
    }

    private static FleetException failed(Category category, String message, String hint, @Nullable Throwable cause) {
        return new FleetException(category, message, hint, cause);
    }

    @Override
    public void close() {
        link.close();
    }
}
