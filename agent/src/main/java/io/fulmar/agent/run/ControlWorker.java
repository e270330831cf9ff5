package io.fulmar.agent.run;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
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
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control thread's work: drives the link, reads what the fleet says and passes it to the store thread, and keeps the
 * retained status true. Owned by the control thread.
 */
public final class ControlWorker implements Worker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("link");
    private static final long STATUS_TOKEN = 0;

    private final String device;
    private final Wire wire;
    private final Link link;
    private final FleetInbox inbox;
    private final StatusReport report;
    private final Counters counters;
    private final FaultLog faults;
    private final String downTopic;
    private boolean up;
    private boolean statusDue;
    private long statusAtNanos;
    private long heardAtNanos;
    private boolean heard;
    private Status.@Nullable Health lastHealth;
    private List<String> lastFaults = List.of();

    public ControlWorker(
            String device,
            Wire wire,
            Function<Consumer<LinkEvent>, Link> links,
            FleetInbox inbox,
            StatusReport report,
            Counters counters,
            FaultLog faults) {
        this.device = device;
        this.wire = wire;
        this.inbox = inbox;
        this.report = report;
        this.counters = counters;
        this.faults = faults;
        this.downTopic = wire.topics().down(device);
        this.link = links.apply(this::onEvent);
    }

    /** Hands a message to the link. Never blocks; thread-safe. */
    public PublishOutcome publish(OutboundMessage message) {
        return link.publish(message);
    }

    /** Whether there is a connection to the broker. Thread-safe. */
    public boolean connected() {
        return link.connected();
    }

    @Override
    public int work(long nowNanos) {
        try {
            int events = link.work(nowNanos);
            if (events > 0) {
                heard = true;
                heardAtNanos = nowNanos;
            }
            return events + publishStatus(nowNanos);
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
        boolean busy = heard && nowNanos - heardAtNanos < Limits.LISTEN_AFTER_EVENT.toNanos();
        return (busy ? Limits.LISTEN_BUSY : Limits.LISTEN_IDLE).toNanos();
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
        inbox.connected(event.maximumPacketSize());
    }

    private void disconnected(LinkEvent.Disconnected event) {
        if (up) {
            counters.count(Counter.DISCONNECTS);
            inbox.disconnected();
        }
        up = false;
        faults.record("link", event.reason(), event.hint());
    }

    private void received(InboundMessage message) {
        if (!message.topic().equals(downTopic)) {
            return;
        }
        try {
            ToDevice said = wire.decodeDownlink(
                    new Envelope(message.topic(), message.payload(), message.contentType(), message.userProperties()));
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
        boolean changed = status.health() != lastHealth || !status.faults().equals(lastFaults);
        if (!statusDue && !changed && since < Limits.STATUS_EVERY.toNanos()) {
            return 0;
        }
        if (publish(status) != PublishOutcome.ACCEPTED) {
            return 0;
        }
        statusDue = false;
        statusAtNanos = nowNanos;
        lastHealth = status.health();
        lastFaults = status.faults();
        return 1;
    }

    private PublishOutcome publish(Status status) {
        Envelope envelope = wire.encode(device, status);
        return link.publish(OutboundMessage.of(envelope.topic(), envelope.payload(), 1, true, STATUS_TOKEN)
                .describedAs(envelope.contentType(), envelope.userProperties()));
    }

    /** Says goodbye, if there is a connection, and closes the link; the last act of the control thread. */
    @Override
    public void close() {
        if (up) {
            publish(report.offline("stopped"));
        }
        link.close();
    }
}
