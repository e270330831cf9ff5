package io.fulmar.agent.uplink;

import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.random.RandomGenerator;

/**
 * How far one stream has been sent and confirmed in one epoch: {@code confirmed} ≤ {@code sent}, and between them the
 * batches under way. Knows no message and no disk, only numbers and time. Owned by the store thread.
 */
final class StreamCursor {
    private final Stream stream;
    private final UplinkSettings settings;
    private final Patience patience;
    private final Deque<Long> underWay = new ArrayDeque<>();
    private long epoch;
    private long confirmed;
    private long next;
    private long sent;
    private int window;
    private int maxBytes;
    private long notBeforeNanos;
    private boolean held;
    private long rewoundTo;
    private long rewoundAtNanos;

    StreamCursor(Stream stream, UplinkSettings settings, RandomGenerator random) {
        this.stream = stream;
        this.settings = settings;
        this.patience = new Patience(settings.ackTimeout(), settings.ackTimeoutCap(), random);
        this.window = settings.window();
        this.maxBytes = settings.batchBytes();
    }

    Stream stream() {
        return stream;
    }

    /** The next sequence to send. */
    long next() {
        return next;
    }

    /** Everything up to there is confirmed. */
    long confirmed() {
        return confirmed;
    }

    int maxBytes() {
        return maxBytes;
    }

    int underWay() {
        return underWay.size();
    }

    /** Whether the store still is of the epoch that this cursor counts in; a new epoch starts it again. */
    void follow(StreamState state) {
        if (state.epoch() != epoch) {
            epoch = state.epoch();
            sent = state.acknowledged();
            rewindTo(state.acknowledged() + 1);
            patience.satisfied();
            window = settings.window();
        }
    }

    /** A new connection: nothing is under way on it, and its broker may take larger packets than the last one did. */
    void connected() {
        maxBytes = settings.batchBytes();
        notBeforeNanos = 0;
        held = false;
        rewoundTo = 0;
        startAgain();
    }

    /** The next batch starts after the last confirmed row again. */
    void startAgain() {
        rewindTo(confirmed + 1);
        patience.cancel();
    }

    private void rewindTo(long seq) {
        confirmed = seq - 1;
        next = seq;
        underWay.clear();
    }

    boolean mayLookForRows(StreamState state, long nowNanos) {
        return next < state.next() && underWay.size() < window && !waits(nowNanos);
    }

    private boolean waits(long nowNanos) {
        return held && nowNanos - notBeforeNanos < 0;
    }

    void sent(Batch batch, long nowNanos) {
        next = batch.last() + 1;
        sent = Math.max(sent, batch.last());
        underWay.add(batch.last());
        if (!patience.running()) {
            patience.start(nowNanos);
        }
    }

    /** Whether the row was ever sent in this epoch by this process. */
    boolean wasSent(long seq) {
        return seq <= sent;
    }

    /**
     * The fleet has every row up to there. Rows that it has but this process has not sent (an earlier one did) are sent
     * again all the same: only what was sent may be believed, and the fleet refuses duplicates.
     */
    void confirmed(long upTo, long nowNanos) {
        boolean progress = false;
        while (!underWay.isEmpty() && underWay.getFirst() <= upTo) {
            underWay.removeFirst();
            progress = true;
        }
        long known = Math.min(upTo, sent);
        if (known > confirmed) {
            confirmed = known;
            next = Math.max(next, known + 1);
            progress = true;
        }
        if (progress) {
            patience.satisfied();
            window = Math.min(settings.window(), window + 1);
            rewoundTo = 0;
            if (!underWay.isEmpty()) {
                patience.start(nowNanos);
            }
        }
    }

    /**
     * The fleet wants that row next; says whether the cursor moved. Each batch under way behind a lost one makes the fleet
     * ask, so that the same wish is only heard again after a while.
     */
    boolean expected(long seq, long nowNanos) {
        Duration deaf = settings.ackTimeout().dividedBy(2);
        if (seq == rewoundTo && nowNanos - rewoundAtNanos < deaf.toNanos()) {
            return false;
        }
        if (seq == next && underWay.isEmpty()) {
            return false;
        }
        rewoundTo = seq;
        rewoundAtNanos = nowNanos;
        rewindTo(seq);
        patience.cancel();
        return true;
    }

    /** The fleet asks for a pause. */
    void pause(int millis, long nowNanos) {
        held = millis > 0;
        notBeforeNanos = nowNanos + Duration.ofMillis(millis).toNanos();
    }

    /** Without progress in time, sends one batch again and only after progress more at a time. */
    boolean timedOut(long nowNanos) {
        if (!patience.missed(nowNanos)) {
            return false;
        }
        rewindTo(confirmed + 1);
        window = 1;
        return true;
    }

    /** The packet was too large: smaller batches from now on; false when they are as small as can be already. */
    boolean shrink() {
        boolean larger = maxBytes > 1;
        maxBytes = Math.max(1, maxBytes / 2);
        startAgain();
        return larger;
    }

    /** Nanoseconds until something is due here by itself. */
    long remaining(long nowNanos) {
        long pause = waits(nowNanos) ? notBeforeNanos - nowNanos : Long.MAX_VALUE;
        return Math.min(pause, patience.remaining(nowNanos));
    }
}
