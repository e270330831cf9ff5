package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Taken;
import io.fulmar.sync.wire.Welcome;
import io.fulmar.sync.wire.Wire;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be said to devices. A newer answer about the same stream replaces an older one, so that what waits is
 * bounded by the number of streams; what is lost beyond the limit is asked for again by the device. Answers travel at QoS
 * 0 for the same reason. Owned by the ingest thread.
 */
final class Answers {
    private final Wire wire;
    private final Link link;
    private final Map<Key, DownlinkMessage> waiting = new LinkedHashMap<>();
    private long sent;

    Answers(Wire wire, Link link) {
        this.wire = wire;
        this.link = link;
    }

    void add(String device, DownlinkMessage message) {
        Key key = key(device, message);
        waiting.remove(key);
        if (message instanceof Acknowledge a) {
            waiting.remove(new Key(device, Kind.EXPECTED, a.epoch(), a.stream()));
        }
        if (waiting.size() >= Limits.ANSWERS_WAITING) {
            drop(waiting.keySet().iterator());
        }
        waiting.put(key, message);
    }

    /** Whether there are any. */
    boolean waiting() {
        return !waiting.isEmpty();
    }

    /** Hands over to the link as much as it takes. Returns how many that were. */
    int send() {
        int before = waiting.size();
        Iterator<Map.Entry<Key, DownlinkMessage>> next = waiting.entrySet().iterator();
        while (next.hasNext()) {
            Map.Entry<Key, DownlinkMessage> entry = next.next();
            switch (link.publish(outbound(entry.getKey().device(), entry.getValue()))) {
                case ACCEPTED, TOO_LARGE -> {
                    sent++;
                    next.remove();
                }
                case BUSY, OFFLINE -> {
                    return before - waiting.size();
                }
            }
        }
        return before;
    }

    private OutboundMessage outbound(String device, DownlinkMessage message) {
        Envelope envelope = wire.encode(device, message);
        String contentType = Objects.requireNonNullElse(envelope.contentType(), Envelope.JSON);
        return OutboundMessage.of(envelope.topic(), envelope.payload(), 0, false, sent)
                .describedAs(contentType, envelope.userProperties());
    }

    private void drop(Iterator<Key> oldest) {
        oldest.next();
        oldest.remove();
    }

    private static Key key(String device, DownlinkMessage message) {
        return switch (message) {
            case Acknowledge a -> new Key(device, Kind.ACKNOWLEDGE, a.epoch(), a.stream());
            case Expected e -> new Key(device, Kind.EXPECTED, e.epoch(), e.stream());
            case Renew r -> new Key(device, Kind.RENEW, r.epoch(), null);
            case Welcome w -> new Key(device, Kind.WELCOME, 0, null);
            case Taken t -> new Key(device, Kind.TAKEN, 0, null);
            case NotEnrolled n -> new Key(device, Kind.NOT_ENROLLED, 0, null);
        };
    }

    private enum Kind {
        ACKNOWLEDGE,
        EXPECTED,
        RENEW,
        WELCOME,
        TAKEN,
        NOT_ENROLLED
    }

    private record Key(
            String device, Kind kind, long epoch, @Nullable Stream stream) {}
}
