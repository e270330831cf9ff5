package io.fulmar.fleet.command;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.CommandStore.Waiting;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sends again what a device has not answered, when it comes back: a few commands at a time, none twice within a second. A
 * repeat has no second effect, so it may be one too many. Owned by the ingest thread.
 */
final class Redelivery {
    /** User property of a repeat to one device: the group that the command was sent to. */
    static final String GROUP = "group";

    private final Topics topics;
    private final Link link;
    private final Map<String, Due> due = new LinkedHashMap<>();
    private final Map<String, Long> sentNanos = new LinkedHashMap<>();
    private long ripeMillis;
    private long token;

    /** From where on a device's commands are to be sent, and when. */
    private record Due(long afterNumber, long atNanos) {}

    Redelivery(Topics topics, Link link) {
        this.topics = topics;
        this.link = link;
    }

    /** The device may have missed something. */
    void askedFor(String device, long nowNanos) {
        Long sent = sentNanos.get(device);
        long at = sent == null ? nowNanos : later(nowNanos, sent + Limits.COMMAND_REPEAT.toNanos());
        due.remove(device);
        if (due.size() >= Limits.DEVICES_UNWRITTEN) {
            due.remove(due.keySet().iterator().next()); // it says hello again some day
        }
        due.put(device, new Due(0, at));
    }

    /** Looks for commands whose time has come since the last look, and whom they are for. */
    void ripen(CommandStore store, long nowNanos, long nowMillis) {
        store.ripened(ripeMillis, nowMillis).forEach(device -> askedFor(device, nowNanos));
        ripeMillis = nowMillis;
    }

    /** Sends what is due. Returns how many commands that were. */
    int send(CommandStore store, long nowNanos, long nowMillis) {
        if (due.isEmpty() || !link.connected()) {
            return 0;
        }
        List<Map.Entry<String, Due>> now = due.entrySet().stream()
                .filter(entry -> entry.getValue().atNanos() - nowNanos <= 0)
                .limit(Limits.DEVICES_AT_ONCE)
                .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                .toList();
        int count = 0;
        for (Map.Entry<String, Due> entry : now) {
            String device = entry.getKey();
            long after = entry.getValue().afterNumber();
            List<Waiting> page = store.waiting(device, after, nowMillis);
            Progress progress = send(device, page, after, nowMillis);
            count += progress.count();
            if (progress.count() > 0) {
                remember(device, nowNanos);
            }
            if (progress.stopped()) {
                due.put(device, new Due(progress.after(), nowNanos + Limits.COMMAND_REPEAT.toNanos()));
            } else {
                due.remove(device);
            }
        }
        return count;
    }

    /** How far a device's page was sent; stopped when there is more to do later. */
    private record Progress(int count, long after, boolean stopped) {}

    private Progress send(String device, List<Waiting> page, long afterNumber, long nowMillis) {
        long after = afterNumber;
        int count = 0;
        for (Waiting waiting : page) {
            boolean justHeard = Math.abs(nowMillis - waiting.lastHeardMillis()) < Limits.COMMAND_REPEAT.toMillis();
            if (justHeard || publish(device, waiting) != PublishOutcome.ACCEPTED) {
                return new Progress(count, after, true);
            }
            after = waiting.number();
            count++;
        }
        return new Progress(count, after, page.size() == Limits.COMMANDS_AT_ONCE);
    }

    /** A command to a group goes to the one device that lacks it; the others need not hear it again. */
    private PublishOutcome publish(String device, Waiting waiting) {
        @Nullable String group = waiting.target() instanceof Target.Group(String name) ? name : null;
        var message = OutboundMessage.of(topics.command(device), waiting.bytes(), 1, false, token++)
                .describedAs(Envelope.JSON, group == null ? Map.of() : Map.of(GROUP, group));
        return link.publish(message);
    }

    private void remember(String device, long nowNanos) {
        sentNanos.remove(device);
        if (sentNanos.size() >= Limits.DEVICES_UNWRITTEN) {
            sentNanos.remove(sentNanos.keySet().iterator().next());
        }
        sentNanos.put(device, nowNanos);
    }

    private static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
