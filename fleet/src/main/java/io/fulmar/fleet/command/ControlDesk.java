package io.fulmar.fleet.command;

import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fleet's side of what devices are to do: keeps each command that anybody sends and sends it again to who comes back and
 * has not answered; keeps each device's desired state, and what it reports.
 * Stepped by {@link #work}; owned by the ingest thread.
 */
public final class ControlDesk {
    private static final Logger LOG = LoggerFactory.getLogger(ControlDesk.class);

    private final Redelivery redelivery;
    private final Deque<HeardCommand> heard = new ArrayDeque<>();
    private final Map<String, List<String>> groups = new LinkedHashMap<>();
    private final DesiredKeeper keeper;
    private final Topics topics;
    private final Link link;
    private final TrustDesk trust;
    private final Map<String, Report> reports = new LinkedHashMap<>();
    private boolean started;
    private long lookedNanos;
    private long overdueNanos;
    private long tidiedNanos;
    private long reportedNanos;

    /** @param trust whose signature a desired state needs to be kept, and what devices are told of that */
    public ControlDesk(Topics topics, Link link, TrustDesk trust) {
        this.topics = topics;
        this.link = link;
        this.trust = trust;
        this.redelivery = new Redelivery(topics, link);
        this.keeper = new DesiredKeeper(topics, link, trust);
    }

    /** The connection to the broker is new. */
    public void connected(long nowNanos) {
        keeper.connected(nowNanos);
        trust.connected();
    }

    /** The broker said what became of a message. */
    public void published(LinkEvent.Published published) {
        keeper.published(published);
    }

    /**
     * Takes a message if it is about what devices are to do. A {@link io.fulmar.sync.wire.WireException} says why it cannot
     * be read.
     *
     * @return whether it was one of these
     */
    public boolean take(Topic topic, InboundMessage message, long nowNanos, long nowMillis) {
        switch (topic) {
            case Topic.Desired(String device) -> keeper.take(device, message.payload(), nowNanos, nowMillis);
            case Topic.Command(String device) -> {
                String group = message.userProperties().get(Redelivery.GROUP);
                Target target = group == null || !Topics.isGroupId(group)
                        ? new Target.Device(device)
                        : new Target.Repeated(device, group);
                keep(HeardCommand.read(target, message.payload(), nowMillis));
            }
            case Topic.GroupCommand(String group) ->
                keep(HeardCommand.read(new Target.Group(group), message.payload(), nowMillis));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void keep(HeardCommand command) {
        if (heard.size() >= Limits.COMMANDS_UNWRITTEN) {
            LOG.warn(
                    "the database has not worked for so long that a command is forgotten: {}",
                    heard.removeFirst().command().id());
        }
        heard.add(command);
    }

    /** A device connected: it is told what it has missed. */
    public void hello(String device, List<String> ofGroups, long nowNanos) {
        groups.put(device, ofGroups);
        redelivery.askedFor(device, nowNanos);
    }

    /** A device said what it has; the newest counts. */
    public void reported(String device, Reported reported, String document, long nowMillis) {
        if (reports.size() < Limits.DEVICES_UNWRITTEN || reports.containsKey(device)) {
            reports.put(device, new Report(reported, document, nowMillis));
        }
    }

    private record Report(Reported reported, String document, long receivedMillis) {}

    /**
     * Writes what was heard, and sends what is due. Returns how much that was.
     *
     * @param chief whether this service is the one that looks after what no device has just asked for
     */
    public int work(ControlStore store, boolean chief, long nowNanos, long nowMillis) {
        int taken = heard.size() + groups.size();
        boolean reportsDue = !reports.isEmpty() && nowNanos - reportedNanos >= Limits.REGISTRY_FLUSH.toNanos();
        if (taken > 0 || keeper.hasNews() || reportsDue) {
            store.transaction("what devices are to do", () -> {
                for (HeardCommand command : heard) {
                    store.commands().keep(command);
                }
                for (Map.Entry<String, List<String>> entry : groups.entrySet()) {
                    store.commands().groups(entry.getKey(), entry.getValue());
                }
                keeper.store(store.desired(), nowNanos);
                for (Map.Entry<String, Report> entry : reports.entrySet()) {
                    Report report = entry.getValue();
                    store.desired()
                            .report(entry.getKey(), report.reported(), report.document(), report.receivedMillis());
                }
            });
            keeper.stored();
            reports.clear();
            reportedNanos = nowNanos;
            heard.clear();
            groups.clear();
        }
        int sent = chief ? lookAfter(store, nowNanos, nowMillis) : 0;
        return taken + sent + redelivery.send(store.commands(), nowNanos, nowMillis);
    }

    /** What one service does for all devices. */
    private int lookAfter(ControlStore store, long nowNanos, long nowMillis) {
        if (!started || nowNanos - lookedNanos >= Limits.COMMAND_REPEAT.toNanos()) {
            redelivery.ripen(store.commands(), nowNanos, nowMillis);
            lookedNanos = nowNanos;
        }
        if (nowNanos - overdueNanos >= Limits.COMMANDS_OVERDUE_CHECK.toNanos()) {
            store.commands().overdue(nowMillis).forEach(device -> redelivery.askedFor(device, nowNanos));
            overdueNanos = nowNanos;
        }
        if (!started || nowNanos - tidiedNanos >= Limits.COMMANDS_TIDIED.toNanos()) {
            store.commands().forgetOld(nowMillis);
            store.forgetEvents(nowMillis);
            tidiedNanos = nowNanos;
        }
        started = true;
        return trust.work(topics, link, nowNanos) + keeper.publish(store.desired(), nowNanos);
    }
}
