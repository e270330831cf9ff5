package io.fulmar.cli.identity;

import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.mqtt.Tls;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Somebody with a certificate at a broker, who remembers what came in. Owned by one thread. */
final class Client implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final PahoLink link;
    private final Set<String> payloads = new LinkedHashSet<>();
    private final List<LinkEvent.Disconnected> losses = new ArrayList<>();
    private int connects;

    Client(URI broker, Tls tls, String clientId, String... filters) {
        LinkConfig config = LinkConfig.builder(broker, clientId)
                .tls(tls)
                .wishes(List.of(filters))
                .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofMillis(200)))
                .build();
        this.link = new PahoLink(config, new SplittableRandom(), this::on);
    }

    private void on(LinkEvent event) {
        switch (event) {
            case LinkEvent.Connected connected -> connects++;
            case LinkEvent.Disconnected lost -> losses.add(lost);
            case LinkEvent.Received received ->
                payloads.add(new String(received.message().payload(), StandardCharsets.UTF_8));
            case LinkEvent.Unsubscribed refused -> {
                // a broker that says so at once is as good as one that delivers nothing
            }
            case LinkEvent.Published published -> {}
        }
    }

    Client connected() {
        return until("connected", link::connected);
    }

    /** Publishes when there is room. */
    void publish(String topic, String payload) {
        OutboundMessage message = OutboundMessage.of(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false, 0);
        until("room for " + topic, () -> link.publish(message) == PublishOutcome.ACCEPTED);
    }

    void work() {
        link.work(System.nanoTime());
    }

    Client until(String what, BooleanSupplier reached) {
        return until(what, PATIENCE, reached);
    }

    Client until(String what, Duration patience, BooleanSupplier reached) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + patience + ": " + what + "; lost: " + losses);
            }
            work();
            LockSupport.parkNanos(1_000_000);
        }
        return this;
    }

    /** The payloads that came in. */
    Set<String> payloads() {
        return payloads;
    }

    int connects() {
        return connects;
    }

    int losses() {
        return losses.size();
    }

    @Override
    public void close() {
        link.close();
    }
}
