package io.fulmar.agent.run;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.sync.outbox.Appended;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxException;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Stream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The store thread's work: what the fleet said, what others want of the store, what waits for its commit, what can be sent, what must be maintained.
 *
 * <p>Group commit: when the first record's commit interval ends, whatever waits in any stream goes into one transaction.
 * Owned by the store thread.
 */
public final class StoreWorker implements Worker {
    private final Outbox outbox;
    private final RecordQueue queue;
    private final FleetInbox.Reader inbox;
    private final StoreErrands errands;
    private final Uplink uplink;
    private final ReceiptListener receipts;
    private final InstantSource wallClock;
    private final Counters counters;
    private final FaultLog faults;
    private final Consumer<StoreView> view;
    private final Map<Stream, Long> acknowledged = new EnumMap<>(Stream.class);
    private long maintainAtNanos;
    private boolean started;

    /** @param view is told what the store looks like, about once a second */
    public StoreWorker(
            Outbox outbox,
            RecordQueue queue,
            FleetInbox inbox,
            StoreErrands errands,
            Uplink uplink,
            ReceiptListener receipts,
            InstantSource wallClock,
            Counters counters,
            FaultLog faults,
            Consumer<StoreView> view) {
        this.outbox = outbox;
        this.queue = queue;
        this.inbox = inbox.new Reader(uplink);
        this.errands = errands;
        this.uplink = uplink;
        this.receipts = receipts;
        this.wallClock = wallClock;
        this.counters = counters;
        this.faults = faults;
        this.view = view;
    }

    @Override
    public int work(long nowNanos) {
        try {
            return hear(nowNanos) + commitDue(nowNanos) + uplink.work(nowNanos) + maintain(nowNanos);
        } catch (OutboxException e) {
            if (e.category() == OutboxException.Category.FATAL) {
                throw e;
            }
            faults.record("store", e.getMessage(), e.hint());
            return 0;
        }
    }

    @Override
    public long idleNanos(long nowNanos) {
        long idle = Math.min(Limits.SLEEP.toNanos(), Math.max(0, maintainAtNanos - nowNanos));
        idle = Math.min(idle, queue.nanosUntilDue(nowNanos));
        return Math.min(idle, uplink.idleNanos(nowNanos));
    }

    private int hear(long nowNanos) {
        int messages = inbox.deliver(nowNanos) + errands.run(outbox);
        if (messages > 0) {
            for (Stream stream : Stream.values()) {
                StreamState state = outbox.state(stream);
                Long known = acknowledged.put(stream, state.acknowledged());
                if (state.acknowledged() > 0 && (known == null || known != state.acknowledged())) {
                    receipts.acknowledged(state, wallClock.millis());
                }
            }
        }
        return messages;
    }

    private int commitDue(long nowNanos) {
        return queue.nanosUntilDue(nowNanos) > 0 ? 0 : commit(queue.drain(Limits.COMMIT_RECORDS));
    }

    /** Commits all that waits, whatever its interval: the last act before the store is closed. */
    void flush() {
        for (List<Draft> left = queue.drain(Limits.COMMIT_RECORDS);
                !left.isEmpty();
                left = queue.drain(Limits.COMMIT_RECORDS)) {
            commit(left);
        }
        view.accept(StoreView.of(outbox));
    }

    /** Rows that wait for the fleet now. */
    long buffered() {
        return StoreView.of(outbox).buffered();
    }

    private int commit(List<Draft> drafts) {
        if (drafts.isEmpty()) {
            return 0;
        }
        List<Appended> results = appended(drafts);
        List<ReceiptListener.Received> received = new ArrayList<>(results.size());
        for (int i = 0; i < results.size(); i++) {
            switch (results.get(i)) {
                case Appended.Recorded it -> {
                    received.add(new ReceiptListener.Received(
                            it.receipt(), drafts.get(i).record()));
                    queue.settled(drafts.get(i), it.receipt());
                }
                case Appended.Refused it -> {
                    refused(it);
                    queue.settled(drafts.get(i), null);
                }
            }
        }
        counters.count(Counter.COMMITS);
        counters.add(Counter.RECORDED, received.size());
        if (!received.isEmpty()) {
            receipts.committed(received, wallClock.millis());
        }
        return drafts.size();
    }

    /** What is not even refused is counted as refused all the same: it was taken from the queue and is gone. */
    private List<Appended> appended(List<Draft> drafts) {
        try {
            return outbox.append(drafts);
        } catch (OutboxException e) {
            counters.add(Counter.REFUSED_STORE, drafts.size());
            drafts.forEach(draft -> queue.settled(draft, null));
            throw e;
        }
    }

    private void refused(Appended.Refused refused) {
        counters.count(Counter.REFUSED_STORE);
        faults.record("store", "records are refused: " + refused.reason(), null);
    }

    private int maintain(long nowNanos) {
        if (started && nowNanos - maintainAtNanos < 0) {
            return 0;
        }
        started = true;
        int done = outbox.maintain();
        maintainAtNanos = done > 0 ? nowNanos : nowNanos + Limits.MAINTAIN_EVERY.toNanos();
        view.accept(StoreView.of(outbox));
        return done;
    }
}
