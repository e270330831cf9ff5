package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.Secret;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.TlsSettings;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.Tls;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages of a broker, a frame each, on a connection of its own that comes back by itself. While as many wait as may and the
 * oldest are not to give way, it takes no more from the connection, so that the broker keeps them. Owned by the pipeline's
 * thread.
 */
final class MqttSource implements Source {
    private final SourceSettings.Messages settings;
    private final MessageDecoder decoder;
    private final Link link;
    private final Staleness staleness;
    private final Queue<Arrived> waiting = new ArrayDeque<>();
    private final Queue<SourceException> failures = new ArrayDeque<>();
    private final Frame frame = new Frame(0);
    private long dueNanos;
    private long polledNanos;
    private long sinceNanos;
    private long arrived;
    private long number;
    private boolean connected;
    private boolean away;
    private long awaySinceNanos;
    private @Nullable String notice;
    private long dropped;
    private long refused;

    /** @param number of the frame that it is */
    private record Arrived(long number, InboundMessage message) {}

    /** @param links makes the connection, which tells its listener what happens when it is driven */
    MqttSource(
            SourceSettings.Messages settings,
            Tensor modelInput,
            SourcePlace place,
            BiFunction<LinkConfig, Consumer<LinkEvent>, Link> links) {
        this.settings = settings;
        decoder = new MessageDecoder(settings.form(), modelInput);
        staleness = new Staleness(settings.waiting().stale(), "no message has come on " + settings.filter());
        link = links.apply(config(settings, place), this::happened);
    }

    private static LinkConfig config(SourceSettings.Messages settings, SourcePlace place) {
        SourceSettings.Broker broker = settings.broker();
        TlsSettings tls = broker.tls();
        Secret password = broker.password();
        boolean keepsBack = settings.waiting().overflow() == Overflow.BLOCK;
        return LinkConfig.builder(broker.url(), broker.clientId())
                .subscriptions(settings.filter())
                .tls(tls == null ? null : new Tls(tls.ca(), tls.certificate(), tls.key()))
                .credentials(
                        broker.username() == null
                                ? null
                                : new Credentials(broker.username(), password == null ? null : password::reveal))
                .inboundQueue(keepsBack ? settings.waiting().queue() : Limits.MESSAGES)
                .inboundPacketBytes(settings.form().maxSize() + Limits.PACKET_SLACK_BYTES)
                .backoff(Backoff.between(Limits.BROKER_WAIT_FIRST, Limits.BROKER_WAIT_LAST))
                .wakeUp(place.wake())
                .build();
    }

    @Override
    public String name() {
        return "mqtt";
    }

    @Override
    public FrameForm form() {
        return decoder.form();
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        polledNanos = nowNanos;
        staleness.polled(nowNanos);
        if (settings.waiting().overflow() != Overflow.BLOCK || waiting.isEmpty()) {
            link.work(nowNanos);
        }
        dueNanos = nowNanos + Math.min(link.idleNanos(nowNanos), Limits.NEVER_NANOS);
        if (!failures.isEmpty()) {
            throw failures.remove();
        }
        Arrived next = waiting.poll();
        if (next == null) {
            staleness.check(nowNanos);
            return null;
        }
        staleness.heard(nowNanos);
        number = next.number();
        sinceNanos = next.message().receivedNanos();
        return frame.of(number, decoded(next.message()));
    }

    private Content decoded(InboundMessage message) {
        try {
            return decoder.decode(message.payload(), "a message on " + shown(message.topic()));
        } catch (SourceException e) {
            refused++;
            throw e;
        }
    }

    private static String shown(String topic) {
        String plain = topic.replaceAll("\\p{Cntrl}", "?");
        return plain.length() > Limits.TOPIC_CHARS ? plain.substring(0, Limits.TOPIC_CHARS) + "…" : plain;
    }

    /** What the connection tells; while it is driven. */
    private void happened(LinkEvent event) {
        switch (event) {
            case LinkEvent.Received(InboundMessage message) -> received(message);
            case LinkEvent.Disconnected lost -> {
                away = away || connected;
                awaySinceNanos = connected ? polledNanos : awaySinceNanos;
                connected = false;
                failures.add(new SourceException(
                        Category.TRANSIENT, "connection " + lost.kind(), lost.reason(), lost.hint()));
            }
            case LinkEvent.Connected _ -> {
                connected = true;
                if (away) {
                    away = false;
                    notice = settings.broker().url() + " is connected again after "
                            + (polledNanos - awaySinceNanos + 999_999_999) / 1_000_000_000
                            + " s; what was sent meanwhile has not come here";
                }
            }
            case LinkEvent.Published _, LinkEvent.Unsubscribed _ -> {}
        }
    }

    private void received(InboundMessage message) {
        if (message.retained() && !settings.retained()) {
            return;
        }
        arrived++;
        if (settings.waiting().overflow() == Overflow.DROP_OLDEST
                && waiting.size() >= settings.waiting().queue()) {
            waiting.remove();
            dropped++;
        }
        waiting.add(new Arrived(arrived, message));
    }

    @Override
    public SourceTally tally() {
        long connects = link.counters().connects();
        return new SourceTally(
                dropped + link.counters().dropped(), refused, Math.max(0, connects - 1), staleness.silent());
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long frameSinceNanos(long polledNanos) {
        return sinceNanos;
    }

    @Override
    public long nextDueNanos() {
        return waiting.isEmpty() && failures.isEmpty() ? staleness.earlier(dueNanos) : polledNanos;
    }

    @Override
    public @Nullable String notice() {
        String said = notice;
        notice = null;
        return said;
    }

    @Override
    public void close() {
        link.close();
    }
}
