package io.fulmar.agent.uplink;

import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.DownlinkMessage;
import io.fulmar.sync.wire.Expected;
import io.fulmar.sync.wire.Renew;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches of an epoch that has ended to the fleet, one at a time and only when everything newer is on its way. Whoever reads a
 * damaged store back hands them over and hears what became of each, from a thread of its own; all else belongs to the store thread.
 */
public final class Courier {
    private final Patience patience;
    private final AtomicReference<@Nullable Batch> parcel = new AtomicReference<>();
    private final AtomicReference<@Nullable Settled> settled = new AtomicReference<>();
    private final AtomicReference<Runnable> bell = new AtomicReference<>(() -> {});
    private @Nullable Batch underWay;
    private long token = -1;
    private long notBeforeNanos;
    private boolean held;

    Courier(UplinkSettings settings, RandomGenerator random) {
        this.patience = new Patience(settings.ackTimeout(), settings.ackTimeoutCap(), random);
    }

    private record Settled(Batch batch, Outcome outcome) {}

    /** What became of a batch. Immutable. */
    public sealed interface Outcome {
        /** The fleet has all of it. */
        record Delivered() implements Outcome {}

        /** The fleet wants the rows from there on first, and has this hash for the row before. */
        record Wanted(long next, ChainHash before) implements Outcome {}

        /** The fleet has other rows under these numbers. */
        record Contradicted(String reason) implements Outcome {}

        /** No packet of the broker can carry it. */
        record TooLarge() implements Outcome {}
    }

    /** Has something called whenever there is an outcome. Thread-safe. */
    public void whenSettled(Runnable call) {
        bell.set(call);
    }

    /** Hands a batch over; the one before must be settled. Thread-safe. */
    public void send(Batch batch) {
        if (!parcel.compareAndSet(null, batch)) {
            throw new IllegalStateException("a batch is under way already");
        }
    }

    /** Nobody wants to know any more what becomes of the batch. Thread-safe. */
    public void withdraw() {
        parcel.set(null);
    }

    /** What became of that batch; null while it is under way. Thread-safe. */
    @SuppressWarnings("ReferenceEquality") // the same rows handed over again are another parcel
    public @Nullable Outcome outcome(Batch batch) {
        Settled last = settled.get();
        return last != null && last.batch() == batch ? last.outcome() : null;
    }

    /** A new connection, or none: nothing is under way on it, and nobody was told to wait. */
    void startAgain() {
        underWay = null;
        held = false;
        patience.cancel();
    }

    /** The batch that is to be sent now; null when there is none. */
    @Nullable
    @SuppressWarnings("ReferenceEquality") // the same rows handed over again are another parcel
    Batch due(long nowNanos) {
        Batch batch = parcel.get();
        boolean waits = held && nowNanos - notBeforeNanos < 0;
        boolean awaited = batch == underWay && patience.running() && !patience.missed(nowNanos);
        return batch == null || waits || awaited ? null : batch;
    }

    void sent(Batch batch, long itsToken, long nowNanos) {
        underWay = batch;
        token = itsToken;
        patience.start(nowNanos);
    }

    boolean isOf(long itsToken) {
        return token == itsToken;
    }

    /** No packet can carry that batch. */
    void tooLarge(Batch batch) {
        settle(batch, new Outcome.TooLarge());
    }

    /** The broker refused the packet with the batch that is under way. */
    void tooLarge() {
        Batch batch = underWay;
        if (batch != null) {
            tooLarge(batch);
        }
    }

    /** Whether the message is about the epoch of the batch; if so it is dealt with. */
    boolean received(DownlinkMessage message, long nowNanos) {
        Batch batch = parcel.get();
        if (batch == null) {
            return false;
        }
        return switch (message) {
            case Acknowledge it
            when isAbout(batch, it.epoch(), it.stream()) -> {
                pause(it.retryAfterMillis(), nowNanos);
                acknowledged(batch, it);
                yield true;
            }
            case Expected it
            when isAbout(batch, it.epoch(), it.stream()) -> {
                pause(it.retryAfterMillis(), nowNanos);
                if (it.next() < batch.first()) {
                    settle(batch, new Outcome.Wanted(it.next(), it.hash()));
                } else if (it.next() > batch.last()) {
                    settle(batch, new Outcome.Delivered());
                }
                yield true;
            }
            case Renew it
            when it.epoch() == batch.epoch() -> {
                settle(batch, new Outcome.Contradicted(it.reason()));
                yield true;
            }
            default -> false;
        };
    }

    private void acknowledged(Batch batch, Acknowledge it) {
        if (it.upTo() == batch.last() && !it.hash().equals(batch.tailHash())) {
            settle(batch, new Outcome.Contradicted("the fleet has another row " + it.upTo()));
        } else if (it.upTo() >= batch.last()) {
            settle(batch, new Outcome.Delivered());
        }
    }

    private static boolean isAbout(Batch batch, long epoch, Stream stream) {
        return batch.epoch() == epoch && batch.stream() == stream;
    }

    private void pause(int millis, long nowNanos) {
        held = millis > 0;
        notBeforeNanos = nowNanos + Duration.ofMillis(millis).toNanos();
    }

    private void settle(Batch batch, Outcome what) {
        underWay = null;
        patience.satisfied();
        if (parcel.compareAndSet(batch, null)) {
            settled.set(new Settled(batch, what)); // after this the next one may be handed over
            Objects.requireNonNull(bell.get()).run();
        }
    }

    /** Nanoseconds until something is due here by itself. */
    long remaining(long nowNanos) {
        if (parcel.get() == null) {
            return Long.MAX_VALUE;
        }
        long pause = held ? Math.max(0, notBeforeNanos - nowNanos) : Long.MAX_VALUE;
        return Math.min(pause, patience.remaining(nowNanos));
    }
}
