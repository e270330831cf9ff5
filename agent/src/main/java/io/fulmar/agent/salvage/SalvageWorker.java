package io.fulmar.agent.salvage;

import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.Worker;
import io.fulmar.agent.uplink.Courier;
import io.fulmar.sync.outbox.Salvaged;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.salvage.DamagedStore;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stores that were set aside back, one after the other, and has what is readable delivered. It only reads, slowly, and what
 * it found last is kept beside each of them, so it goes on where it was after any end. Owned by its thread.
 */
public final class SalvageWorker implements Worker, AutoCloseable {
    private final Path dir;
    private final Courier courier;
    private final Surroundings surroundings;
    private final FaultLog faults;
    private final int batchRows;
    private final ArrayBlockingQueue<RowsAnswer.Held> word = new ArrayBlockingQueue<>(Limits.WORD);
    private final Set<String> unreadable = new HashSet<>();
    private final Deque<Stream> streams = new ArrayDeque<>();
    private @Nullable SetAside aside;
    private @Nullable DamagedStore pages;
    private @Nullable StreamDelivery delivery;
    private boolean scanned;
    private boolean started;
    private long lookAtNanos;
    private long idleNanos;

    /** What the worker needs of the rest of the agent. */
    public interface Surroundings {
        /** Has the store count rows that were delivered after all; false if that failed. */
        boolean readBack(Stream stream, long rows);

        /** Has the store thread look for a batch. */
        void wake();

        /** Records an event of the device. */
        void event(String name, String text);
    }

    /** @param dir the state directory */
    public SalvageWorker(Path dir, Courier courier, int batchRows, Surroundings surroundings, FaultLog faults) {
        this.dir = dir;
        this.courier = courier;
        this.batchRows = batchRows;
        this.surroundings = surroundings;
        this.faults = faults;
    }

    @Override
    public int work(long nowNanos) {
        try {
            return step(nowNanos);
        } catch (IOException e) {
            faults.record(
                    "salvage",
                    "a damaged store cannot be read back now: " + e.getMessage(),
                    "look at the disk of the state directory; it is tried again");
            close();
            idleNanos = Limits.AFTER_A_FAILURE.toNanos();
            lookAtNanos = nowNanos + idleNanos;
            return 0;
        }
    }

    @Override
    public long idleNanos(long nowNanos) {
        return idleNanos;
    }

    @Override
    public int niceness() {
        return Limits.NICENESS;
    }

    private int step(long nowNanos) throws IOException {
        if (hear(nowNanos)) {
            return 1;
        }
        SetAside current = aside;
        DamagedStore open = pages;
        if (current == null || open == null) {
            return look(nowNanos);
        }
        if (!scanned) {
            scanned = open.scan(Limits.PAGES_A_STEP) == 0;
            idleNanos = Limits.BETWEEN_STEPS.toNanos();
            return scanned ? 1 : 0;
        }
        StreamDelivery at = delivery;
        if (at == null) {
            Stream next = streams.poll();
            if (next == null) {
                finished(current);
                close();
                lookAtNanos = nowNanos;
                return 1;
            }
            delivery = current.salvaged(next).done()
                    ? null
                    : new StreamDelivery(next, current, open, courier, batchRows, surroundings);
            return 1;
        }
        if (at.isDone()) {
            delivery = null;
            return 1;
        }
        idleNanos = Limits.LISTEN_EVERY.toNanos();
        return at.work(nowNanos);
    }

    /** Looks for a store that is not read back yet; the oldest first. */
    private int look(long nowNanos) throws IOException {
        idleNanos = Math.max(0, lookAtNanos - nowNanos);
        if (started && idleNanos > 0) {
            return 0;
        }
        started = true;
        lookAtNanos = nowNanos + Limits.LOOK_EVERY.toNanos();
        idleNanos = Limits.LOOK_EVERY.toNanos();
        for (SetAside found : SetAside.in(dir)) {
            if (!found.isDone() && !unreadable.contains(found.name())) {
                return begin(found);
            }
        }
        return 0;
    }

    private int begin(SetAside found) throws IOException {
        DamagedStore open = found.open();
        if (open == null) {
            unreadable.add(found.name());
            surroundings.event("store.lost", found.name() + ": nothing in it says of which epoch it is");
            return 1;
        }
        aside = found;
        pages = open;
        scanned = false;
        delivery = null;
        streams.clear();
        streams.addAll(List.of(Stream.values()));
        return 1;
    }

    private void finished(SetAside done) {
        StringJoiner text = new StringJoiner("; ", done.name() + ": ", "");
        for (Stream stream : Stream.values()) {
            Salvaged it = done.salvaged(stream);
            text.add(stream.topicName() + " " + it.readBack() + " rows read back, " + it.lost() + " lost"
                    + (it.ranges().isEmpty() ? "" : " (" + it.rangesInWords() + ")"));
        }
        surroundings.event("store.salvaged", text.toString());
    }

    /**
     * Takes word of what the fleet has of a store that was set aside; says whether there is such a store. Thread-safe.
     */
    public boolean carried(RowsAnswer.Held held) {
        try {
            boolean known = SetAside.in(dir).stream().anyMatch(it -> it.epoch() == held.epoch());
            return known && word.offer(held);
        } catch (IOException e) {
            return false;
        }
    }

    /** Looks at what was carried, when the store that it is about has been scanned; begins with that store if need be. */
    private boolean hear(long nowNanos) throws IOException {
        RowsAnswer.Held held = word.peek();
        if (held == null) {
            return false;
        }
        SetAside current = aside;
        DamagedStore open = pages;
        if (current == null || open == null || current.epoch() != held.epoch()) {
            close();
            for (SetAside found : SetAside.in(dir)) {
                if (found.epoch() == held.epoch() && !found.isDone()) {
                    begin(found);
                    return true;
                }
            }
            word.poll();
            return true;
        }
        if (!scanned) {
            return false;
        }
        word.poll();
        courier.withdraw();
        delivery = null;
        Stream stream = held.stream();
        boolean believed = current.salvaged(stream).upTo() >= held.upTo()
                || new StreamDelivery(stream, current, open, courier, batchRows, surroundings)
                        .carried(held.upTo(), held.hash());
        if (!believed) {
            faults.record(
                    "salvage",
                    "what was carried of " + stream.topicName() + "/" + held.upTo() + " of " + current.name()
                            + " does not agree with it",
                    null);
        }
        streams.clear();
        streams.addAll(List.of(Stream.values()));
        lookAtNanos = nowNanos;
        return true;
    }

    /** Lets go of the file; what was delivered and not noted is sent again later. */
    @Override
    public void close() {
        courier.withdraw();
        try {
            if (pages != null) {
                pages.close();
            }
        } catch (IOException e) {
            faults.record("salvage", "a damaged store cannot be closed: " + e.getMessage(), null);
        }
        pages = null;
        aside = null;
        delivery = null;
    }
}
