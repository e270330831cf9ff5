package io.fulmar.agent.salvage;

import io.fulmar.agent.uplink.Courier;
import io.fulmar.agent.uplink.Courier.Outcome;
import io.fulmar.sync.outbox.Salvaged;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.salvage.DamagedStore;
import io.fulmar.sync.salvage.StreamWalk;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings what is left of one stream of a damaged store to the fleet, a batch at a time.
 *
 * <p>What was delivered is noted beside the damaged store first and counted by the new one then. A kill between the two leaves rows
 * that were delivered and count as set aside; nothing counts twice. Owned by the salvaging thread.
 */
final class StreamDelivery {
    private final Stream stream;
    private final SetAside aside;
    private final DamagedStore pages;
    private final Courier courier;
    private final int batchRows;
    private final SalvageWorker.Surroundings surroundings;
    private StreamWalk walk;
    private Salvaged salvaged;
    private @Nullable Batch underWay;
    private @Nullable Batch leftOver;
    private long uncounted;
    private int unnoted;
    private long notedNanos;
    private int wishes;
    private int maxBytes = Limits.BATCH_BYTES;

    StreamDelivery(
            Stream stream,
            SetAside aside,
            DamagedStore pages,
            Courier courier,
            int batchRows,
            SalvageWorker.Surroundings surroundings) {
        this.stream = stream;
        this.aside = aside;
        this.pages = pages;
        this.courier = courier;
        this.batchRows = batchRows;
        this.surroundings = surroundings;
        this.salvaged = aside.salvaged(stream);
        this.walk = aside.walk(pages, stream);
    }

    /** Whether that stream has nothing left. */
    boolean isDone() {
        return salvaged.done();
    }

    int work(long nowNanos) throws IOException {
        Batch sent = underWay;
        if (sent == null) {
            return send(nowNanos);
        }
        Outcome outcome = courier.outcome(sent);
        if (outcome == null) {
            return 0;
        }
        underWay = null;
        switch (outcome) {
            case Outcome.Delivered _ -> delivered(sent, nowNanos);
            case Outcome.Wanted it -> wanted(it);
            case Outcome.Contradicted it -> end(it.reason());
            case Outcome.TooLarge _ -> smaller(sent);
        }
        return 1;
    }

    private int send(long nowNanos) throws IOException {
        Batch next = leftOver == null ? walk.next(batchRows, maxBytes) : leftOver;
        leftOver = null;
        if (next == null) {
            end("");
            return 1;
        }
        notedNanos = unnoted == 0 ? nowNanos : notedNanos;
        underWay = next;
        courier.send(next);
        surroundings.wake();
        return 1;
    }

    private void delivered(Batch batch, long nowNanos) throws IOException {
        wishes = 0;
        Salvaged before = salvaged;
        salvaged = before.with(batch);
        uncounted += salvaged.readBack() - before.readBack();
        unnoted++;
        if (unnoted >= Limits.BATCHES_A_NOTE || nowNanos - notedNanos >= Limits.NOTE_EVERY.toNanos()) {
            note();
        }
    }

    private void note() throws IOException {
        aside.save(stream, salvaged);
        unnoted = 0;
        if (uncounted > 0 && surroundings.readBack(stream, uncounted)) {
            uncounted = 0;
        }
    }

    /**
     * The fleet has the rows up to there, as somebody carried word; believed if the hash agrees. Nothing may be under way, and the
     * delivery begins anew after that.
     */
    boolean carried(long upTo, ChainHash hash) throws IOException {
        Salvaged after = salvaged;
        for (Batch row = walk.next(1, maxBytes); row != null && after.upTo() < upTo; row = walk.next(1, maxBytes)) {
            after = after.with(row);
        }
        if (after.upTo() != upTo || !hash.equals(after.hash())) {
            return false;
        }
        uncounted += after.readBack() - salvaged.readBack();
        salvaged = after;
        note();
        return true;
    }

    /** The fleet has less than was thought, or more: goes on from where it stands. */
    private void wanted(Outcome.Wanted wish) throws IOException {
        wishes++;
        if (wishes > Limits.WISHES) {
            throw new IOException("the fleet asks for row " + wish.next() + " of an old epoch again and again");
        }
        walk = pages.walk(stream, wish.next(), wish.next() == 1 ? null : wish.before());
    }

    private void smaller(Batch batch) {
        if (batch.rows().size() > 1) {
            maxBytes = Math.max(1, maxBytes / 2);
            walk = pages.walk(stream, batch.first(), batch.previous());
            return;
        }
        Row.Gap gap = new Row.Gap(batch.first(), GapReason.TOO_LARGE, 1, batch.tailHash());
        leftOver = new Batch(batch.epoch(), stream, batch.first(), batch.previous(), List.of(gap));
    }

    private void end(String contradiction) throws IOException {
        salvaged = salvaged.ended();
        note();
        if (!contradiction.isEmpty()) {
            surroundings.event(
                    "store.lost",
                    aside.name() + ": what is left of " + stream.topicName() + " from row " + (salvaged.upTo() + 1)
                            + " cannot be delivered: " + contradiction);
        }
    }
}
