package io.fulmar.agent.run;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.sync.wire.DownlinkMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the control thread tells the store thread: the state of the connection, and what the fleet said.
 *
 * <p>Its policy when it is full: the message is dropped and counted, since the fleet says everything again. The state of
 * the connection is one place that is overwritten, so it is never dropped. Thread-safe.
 */
public final class FleetInbox {
    /** The broker took a message. */
    static final int TAKEN = 0;

    /** The connection ended before it was known whether it did. */
    static final int CONNECTION_LOST = -1;

    private final ArrayBlockingQueue<Said> said = new ArrayBlockingQueue<>(Limits.DOWNLINK_MESSAGES);
    private final AtomicReference<Connection> connection = new AtomicReference<>(new Connection(0, false, 0));
    private final Map<Long, CompletableFuture<Integer>> awaited = new ConcurrentHashMap<>();
    private final Counters counters;
    private final Doorbell doorbell;

    private record Connection(long number, boolean up, long maximumPacketSize) {}

    private sealed interface Said {}

    private record Message(DownlinkMessage message) implements Said {}

    private record Refusal(long token, int reasonCode) implements Said {}

    public FleetInbox(Counters counters, Doorbell doorbell) {
        this.counters = counters;
        this.doorbell = doorbell;
    }

    void connected(long maximumPacketSize) {
        connection.updateAndGet(old -> new Connection(old.number() + 1, true, maximumPacketSize));
        doorbell.ring();
    }

    void disconnected() {
        awaited.values().forEach(it -> it.complete(CONNECTION_LOST));
        connection.updateAndGet(old -> new Connection(old.number() + 1, false, 0));
        doorbell.ring();
    }

    void message(DownlinkMessage message) {
        put(new Message(message));
    }

    /** A message was settled: the link has room again. */
    void settled(long token, int reasonCode, boolean taken) {
        CompletableFuture<Integer> awaiting = awaited.get(token);
        if (awaiting != null) {
            awaiting.complete(taken ? TAKEN : reasonCode);
        } else if (!taken) {
            put(new Refusal(token, reasonCode));
        }
        doorbell.ring();
    }

    /** What becomes of the message with that token, which no other has: {@link #TAKEN}, or why not. */
    CompletableFuture<Integer> await(long token) {
        return awaited.computeIfAbsent(token, it -> new CompletableFuture<>());
    }

    /** Nobody waits for it any more. */
    void forget(long token) {
        awaited.remove(token);
    }

    private void put(Said what) {
        if (!said.offer(what)) {
            counters.count(Counter.DOWN_DROPPED);
        }
        doorbell.ring();
    }

    /** The store thread's end: brings the uplink up to date. */
    final class Reader {
        private final Uplink uplink;
        private long seen;

        Reader(Uplink uplink) {
            this.uplink = uplink;
        }

        /** Tells the uplink what has come in, but not what comes in meanwhile: a flood must not hold up commits. */
        int deliver(long nowNanos) {
            int delivered = 0;
            Connection now = Objects.requireNonNull(connection.get());
            if (now.number() != seen) {
                seen = now.number();
                delivered++;
                if (now.up()) {
                    uplink.connected(now.maximumPacketSize());
                } else {
                    uplink.disconnected();
                }
            }
            List<Said> came = new ArrayList<>();
            delivered += said.drainTo(came);
            for (Said next : came) {
                switch (next) {
                    case Message it -> uplink.received(it.message(), nowNanos);
                    case Refusal it -> uplink.refused(it.token(), it.reasonCode(), nowNanos);
                }
            }
            return delivered;
        }
    }
}
