package io.fulmar.agent.run;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.HealthWatch;
import io.fulmar.agent.health.StatusReport;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.LinkException;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.ToDevice;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control thread's work: drives the link, reads what the fleet says and passes it on, and keeps the retained status
 * true. The link can be exchanged for another; nobody else holds one. Owned by the control thread.
 */
public final class ControlWorker implements Worker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("link");
    private static final long STATUS_TOKEN = 0;

    private final String device;
    private final FleetInbox inbox;
    private final StatusReport report;
    private final HealthWatch health;
    private final Counters counters;
    private final FaultLog faults;
    private final BiConsumer<Topic, InboundMessage> others;
    private final SentAway sentAway;
    private LinkPlan plan;
    private boolean aside;
    private final AtomicReference<Current> current;
    private final AtomicReference<LinkView> view = new AtomicReference<>(LinkView.of(1));
    private final AtomicReference<@Nullable Wanted> wanted = new AtomicReference<>();
    private final AtomicReference<List<String>> alsoFrom = new AtomicReference<>(List.of());
    private final AtomicReference<List<String>> listening = new AtomicReference<>(List.of());
    private final AtomicLong links = new AtomicLong(1);
    private long nowNanos;
    private boolean up;
    private boolean statusDue;
    private long statusAtNanos;
    private Status.@Nullable Health lastHealth;
    private List<Status.Condition> lastConditions = List.of();

    private record Current(Wire wire, Link link) {}

    /** A link that is to take the place of the one of now, and the number that it will have. */
    private record Wanted(long number, LinkPlan plan) {}

    /** @param others takes the messages of every topic but {@code down}; on this thread, so it must not block */
    public ControlWorker(
            String device,
            LinkPlan plan,
            FleetInbox inbox,
            StatusReport report,
            HealthWatch health,
            Counters counters,
            FaultLog faults,
            BiConsumer<Topic, InboundMessage> others,
            SentAway sentAway) {
        this.device = device;
        this.inbox = inbox;
        this.report = report;
        this.health = health;
        this.counters = counters;
        this.faults = faults;
        this.others = others;
        this.sentAway = sentAway;
        this.plan = plan;
        this.current = new AtomicReference<>(open(plan));
    }

    private Current open(LinkPlan plan) {
        listening.set(List.of());
        return new Current(plan.wire(), plan.links().apply(this::onEvent));
    }

    /** Hands a message to the link. Never blocks; thread-safe. */
    public PublishOutcome publish(OutboundMessage message) {
        return current().link().publish(message);
    }

    /** Whether there is a connection to the broker. Thread-safe. */
    public boolean connected() {
        return current().link().connected();
    }

    /** How messages are addressed now. Thread-safe. */
    public Wire wire() {
        return current().wire();
    }

    /** How the link is. Thread-safe. */
    public LinkView view() {
        return Objects.requireNonNull(view.get());
    }

    /**
     * Asks for another link: the next step says goodbye over the one of now, closes it and begins to connect the other.
     * What waits in the outbox goes over whichever is there. Thread-safe; the last of several wins.
     *
     * @return the number that the link will have in the {@link #view}
     */
    public long exchange(LinkPlan plan) {
        long number = links.incrementAndGet();
        wanted.set(new Wanted(number, plan));
        return number;
    }

    /** Listens to these filters, too, over whichever link there is, in place of those of an earlier call. Thread-safe. */
    public void listen(List<String> filters) {
        alsoFrom.set(List.copyOf(filters));
    }

    private void listenIfAsked() {
        List<String> filters = Objects.requireNonNull(alsoFrom.get());
        if (!filters.equals(listening.get())) {
            current().link().listen(filters);
            listening.set(filters);
        }
    }

    /** Whether what comes under these filters is heard: what is published now is sent behind the subscription. Thread-safe. */
    public boolean hears(List<String> filters) {
        return filters.equals(listening.get());
    }

    private Current current() {
        return Objects.requireNonNull(current.get());
    }

    @Override
    public int work(long nowNanos) {
        this.nowNanos = nowNanos;
        health.look(nowNanos);
        try {
            if (sentAway.away(nowNanos)) {
                return stepAside();
            }
            comeBack();
            exchangeIfAsked();
            listenIfAsked();
            return current().link().work(nowNanos) + publishStatus(nowNanos);
        } catch (LinkException e) {
            if (e.category() == LinkException.Category.FATAL) {
                throw e;
            }
            faults.record("link", e.getMessage(), e.hint());
            return 0;
        }
    }

    @Override
    public long idleNanos(long nowNanos) {
        // the link rings when something happens; what is wrong with the device is looked at each time
        Duration atMost = up && statusDue ? Limits.RETRY_STATUS : Limits.SLEEP;
        return Math.min(atMost.toNanos(), current().link().idleNanos(nowNanos));
    }

    /** Leaves the broker to the other device, without a word that could be taken for the other's. */
    private int stepAside() {
        if (aside) {
            return 0;
        }
        aside = true;
        current().link().close();
        gone();
        return 1;
    }

    private void comeBack() {
        if (aside) {
            aside = false;
            current.set(open(plan));
        }
    }

    private void gone() {
        if (up) {
            up = false;
            counters.count(Counter.DISCONNECTS);
            inbox.disconnected();
        }
    }

    private void exchangeIfAsked() {
        Wanted next = wanted.getAndSet(null);
        if (next == null) {
            return;
        }
        plan = next.plan();
        counters.count(Counter.LINKS_EXCHANGED);
        LOG.info("the link is exchanged for one with other settings");
        sayGoodbye("connects with other settings");
        current().link().close();
        gone();
        view.set(LinkView.of(next.number()));
        current.set(open(plan));
    }

    // ---- events

    private void onEvent(LinkEvent event) {
        switch (event) {
            case LinkEvent.Connected it -> connected(it);
            case LinkEvent.Disconnected it -> disconnected(it);
            case LinkEvent.Received it -> received(it.message());
            case LinkEvent.Unsubscribed it -> faults.record("link", it.reason(), it.hint());
            case LinkEvent.Published it -> inbox.settled(it.token(), it.reasonCode(), it.taken());
        }
    }

    private void connected(LinkEvent.Connected event) {
        LOG.info("connected to the broker");
        counters.count(Counter.CONNECTS);
        up = true;
        statusDue = true;
        view.updateAndGet(LinkView::connected);
        health.connected(nowNanos);
        inbox.connected(event.maximumPacketSize());
    }

    private void disconnected(LinkEvent.Disconnected event) {
        if (up) {
            counters.count(Counter.DISCONNECTS);
            inbox.disconnected();
        }
        up = false;
        view.updateAndGet(old -> old.lost(event.reason()));
        health.disconnected(event);
        faults.record("link", event.reason(), event.hint());
    }

    private void received(InboundMessage message) {
        switch (wire().topics().parse(message.topic())) {
            case null -> {}
            case Topic.Down down when down.device().equals(device) -> said(message);
            case Topic other -> others.accept(other, message);
        }
    }

    private void said(InboundMessage message) {
        try {
            ToDevice said = wire().decodeDownlink(new Envelope(
                    message.topic(), message.payload(), message.contentType(), message.userProperties()));
            if (sentAway.told(said.message(), nowNanos)) {
                return;
            }
            if (said.message() instanceof Welcome) {
                sentAway.welcomed();
                view.updateAndGet(LinkView::greeted);
            }
            health.heard(said.message(), nowNanos);
            inbox.message(said.message());
        } catch (WireException e) {
            counters.count(Counter.DOWN_MALFORMED);
            faults.record("link", "a message from the fleet cannot be read: " + e.getMessage(), null);
        }
    }

    // ---- status

    private int publishStatus(long nowNanos) {
        if (!up) {
            return 0;
        }
        long since = nowNanos - statusAtNanos;
        if (!statusDue && since < Limits.STATUS_AT_MOST.toNanos()) {
            return 0;
        }
        Status status = report.online();
        boolean changed = status.health() != lastHealth || !status.conditions().equals(lastConditions);
        if (!statusDue && !changed && since < Limits.STATUS_EVERY.toNanos()) {
            return 0;
        }
        if (publish(status) != PublishOutcome.ACCEPTED) {
            return 0;
        }
        statusDue = false;
        statusAtNanos = nowNanos;
        lastHealth = status.health();
        lastConditions = status.conditions();
        return 1;
    }

    private PublishOutcome publish(Status status) {
        Envelope envelope = wire().encode(device, status);
        return publish(OutboundMessage.of(envelope.topic(), envelope.payload(), 1, true, STATUS_TOKEN)
                .describedAs(envelope.contentType(), envelope.userProperties()));
    }

    private void sayGoodbye(String reason) {
        if (up) {
            publish(report.offline(reason));
        }
    }

    /** Says goodbye, if there is a connection, and closes the link; the last act of the control thread. */
    @Override
    public void close() {
        sayGoodbye("stopped");
        current().link().close();
    }
}
