package io.fulmar.fleet.command;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.DesiredStore.Document;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.WireException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that the broker holds the newest desired state of each device. Whoever sets one publishes it; this keeps it,
 * and puts it back when the broker has lost it, or when something older or unreadable was put in its place. Owned by the
 * ingest thread.
 */
final class DesiredKeeper {
    private final Topics topics;
    private final Link link;
    private final TrustDesk trust;
    private final DueDesired due;
    private final Deque<HeardDesired> heard = new ArrayDeque<>();
    private final Map<String, Long> putBackNanos = new LinkedHashMap<>();
    private final Set<String> retained = new HashSet<>();
    private @Nullable String sweptUpTo;
    private long sweepNanos;
    private long token;

    /** @param trust whose signature a document needs */
    DesiredKeeper(Topics topics, Link link, TrustDesk trust) {
        this.topics = topics;
        this.link = link;
        this.trust = trust;
        this.due = new DueDesired(topics, link);
    }

    /** The connection is new: the broker says by itself what it holds, and in a moment what is missing is put back. */
    void connected(long nowNanos) {
        retained.clear();
        due.connected();
        sweptUpTo = "";
        sweepNanos = nowNanos + Limits.DESIRED_SETTLE.toNanos();
    }

    /** Somebody published, or the broker had kept, this for a device. */
    void take(String device, byte[] bytes, long nowNanos, long nowMillis) {
        if (bytes.length == 0) {
            putBack(device, nowNanos);
            return;
        }
        try {
            HeardDesired document = HeardDesired.read(device, bytes, trust.root(), nowMillis);
            if (heard.size() >= Limits.COMMANDS_UNWRITTEN) {
                heard.removeFirst();
            }
            heard.add(document);
            if (sweptUpTo != null) {
                retained.add(device); // whether it is the right one is found out when it is stored
            }
        } catch (WireException e) {
            putBack(device, nowNanos);
            throw e;
        }
    }

    /** The broker said what became of a message. */
    void published(LinkEvent.Published published) {
        due.published(published);
    }

    private void putBack(String device, long nowNanos) {
        if (putBackNanos.size() < Limits.DEVICES_UNWRITTEN) {
            putBackNanos.putIfAbsent(device, nowNanos + Limits.COMMAND_REPEAT.toNanos());
        }
    }

    boolean hasNews() {
        return !heard.isEmpty() || due.hasNews();
    }

    /** Writes what was heard. Inside of the caller's transaction. */
    void store(DesiredStore store, long nowNanos) throws SQLException {
        for (HeardDesired document : heard) {
            if (!store.keep(document)) {
                putBack(document.desired().device(), nowNanos);
            }
        }
        due.store(store);
    }

    /** What was heard is on disk. */
    void stored() {
        heard.clear();
        due.stored();
    }

    /** Publishes what the broker lacks. Returns how much that was. */
    int publish(DesiredStore store, long nowNanos) {
        if (!link.connected()) {
            return 0;
        }
        try {
            return due.publish(store, this::counts, nowNanos) + sweep(store, nowNanos) + putBack(store, nowNanos);
        } catch (SQLException e) {
            throw store.failed("cannot read the desired states", e);
        }
    }

    private int sweep(DesiredStore store, long nowNanos) throws SQLException {
        if (sweptUpTo == null || nowNanos - sweepNanos < 0) {
            return 0;
        }
        List<Document> page = store.after(sweptUpTo);
        int count = 0;
        for (Document document : page) {
            if (!retained.contains(document.device()) && counts(document)) {
                if (publish(document) != PublishOutcome.ACCEPTED) {
                    return count;
                }
                count++;
            }
            sweptUpTo = document.device();
        }
        if (page.isEmpty()) {
            sweptUpTo = null;
            retained.clear();
        }
        return count;
    }

    private int putBack(DesiredStore store, long nowNanos) throws SQLException {
        List<String> due = putBackNanos.entrySet().stream()
                .filter(entry -> entry.getValue() - nowNanos <= 0)
                .limit(Limits.DEVICES_AT_ONCE)
                .map(Map.Entry::getKey)
                .toList();
        int count = 0;
        for (String device : due) {
            Document document = store.find(device);
            if (document != null && counts(document)) {
                if (publish(document) != PublishOutcome.ACCEPTED) {
                    return count;
                }
                count++;
            }
            putBackNanos.remove(device);
        }
        return count;
    }

    /** What was signed by somebody who may no longer sign would be refused by everybody, and put back for ever. */
    private boolean counts(Document document) {
        try {
            HeardDesired.read(document.device(), document.bytes(), trust.root(), 0);
            return true;
        } catch (WireException e) {
            return false;
        }
    }

    private PublishOutcome publish(Document document) {
        return link.publish(OutboundMessage.of(topics.desired(document.device()), document.bytes(), 1, true, token++)
                .describedAs(Envelope.JSON, Map.of()));
    }
}
