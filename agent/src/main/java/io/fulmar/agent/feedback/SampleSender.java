package io.fulmar.agent.feedback;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.pipeline.Fate;
import io.fulmar.agent.pipeline.Recorder;
import io.fulmar.agent.pipeline.Stamper;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.SampleChunk;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Brings the samples that the fleet has asked for into the outbox, part by part and few at a time, and deletes each when the
 * fleet has acknowledged all of its parts. A part that the store had to give up, or whose fate is unknown after a restart,
 * is recorded again: the fleet knows a part that it has. Owned by the thread of samples.
 */
final class SampleSender {
    private final SampleFolder folder;
    private final Recorder recorder;
    private final Stamper stamper;
    private final StoreErrands store;
    private final Counters counters;
    private final Doorbell doorbell;
    private final List<Sending> sending = new ArrayList<>();
    private final List<Part> underWay = new ArrayList<>();
    /** The row that has to be acknowledged before anything is sent: parts of before a restart may be among those up to it. */
    private long beginsAfter;

    private long epoch;

    private long lookNanos;

    /** A sample of which parts are under way or still to be recorded. */
    private static final class Sending {
        private final SampleFile file;
        private final SampleFile.Whole whole;
        private final Deque<Integer> left = new ArrayDeque<>();
        private int open;

        private Sending(SampleFile file, SampleFile.Whole whole) {
            this.file = file;
            this.whole = whole;
            for (int number = 0; number < whole.sample().chunks(); number++) {
                left.add(number);
            }
            this.open = left.size();
        }
    }

    /** A part that was given to the recorder. */
    private final class Part implements Fate {
        private final Sending of;
        private final int number;
        private final long evicted;
        private final AtomicReference<@Nullable Receipt> receipt = new AtomicReference<>();
        private final AtomicReference<Boolean> refused = new AtomicReference<>(false);

        private Part(Sending of, int number, long evicted) {
            this.of = of;
            this.number = number;
            this.evicted = evicted;
        }

        @Override
        public void recorded(Receipt newReceipt) {
            receipt.set(newReceipt);
        }

        @Override
        public void refused() {
            refused.set(true);
            doorbell.ring();
        }
    }

    /** How far the store is, as its thread said. */
    private record Progress(StreamState state, long evicted) {}

    SampleSender(
            SampleFolder folder,
            Recorder recorder,
            Stamper stamper,
            StoreErrands store,
            Counters counters,
            Doorbell doorbell) {
        this.folder = folder;
        this.recorder = recorder;
        this.stamper = stamper;
        this.store = store;
        this.counters = counters;
        this.doorbell = doorbell;
    }

    /** The numbers of the samples that are on their way. */
    Set<Long> underWay() {
        Set<Long> numbers = new HashSet<>();
        sending.forEach(each -> numbers.add(each.file.number()));
        return numbers;
    }

    /** Does what is due; returns how many parts were recorded or are known to be there. */
    int work(long nowNanos) throws IOException {
        if (underWay.isEmpty() && sending.isEmpty() && folder.firstAsked(file -> false) == null) {
            return 0;
        }
        if (nowNanos - lookNanos < 0 && lookNanos != 0) {
            return 0;
        }
        lookNanos = (nowNanos + Limits.LOOK.toNanos()) | 1;
        Asked<Progress> asked =
                store.ask(it -> new Progress(it.state(Stream.DATA), it.evicted(Stream.DATA)), Limits.ASK);
        if (!(asked instanceof Asked.Done<Progress>(Progress progress))
                || progress.state().epoch() == 0) {
            return 0;
        }
        if (epoch != progress.state().epoch()) {
            beginsAfter = epoch == 0 ? progress.state().next() - 1 : 0; // none of before is in a new store
            epoch = progress.state().epoch();
        }
        return settle(progress) + fill(progress);
    }

    private int settle(Progress progress) throws IOException {
        int settled = 0;
        for (Part part : List.copyOf(underWay)) {
            Receipt receipt = part.receipt.get();
            boolean lost = Boolean.TRUE.equals(part.refused.get())
                    || (receipt != null && receipt.epoch() != progress.state().epoch());
            boolean passed =
                    receipt != null && receipt.seq() <= progress.state().acknowledged();
            if (lost || (passed && part.evicted != progress.evicted())) {
                underWay.remove(part); // whether it was among what was given up is not known
                part.of.left.addFirst(part.number);
            } else if (passed) {
                underWay.remove(part);
                settled++;
                if (--part.of.open == 0) {
                    sending.remove(part.of);
                    folder.delete(part.of.file);
                    counters.count(Counter.SAMPLES_SENT);
                }
            }
        }
        return settled;
    }

    private int fill(Progress progress) throws IOException {
        StreamState state = progress.state();
        long waiting = state.next() - 1 - state.acknowledged();
        boolean before = state.acknowledged() < beginsAfter;
        int recorded = 0;
        while (!before && waiting <= Limits.ROWS_WAITING && underWay.size() < Limits.CHUNKS_WAITING) {
            Sending next = next();
            if (next == null) {
                return recorded;
            }
            int number = next.left.remove();
            byte[] content = next.whole.content();
            int from = number * io.fulmar.sync.wire.Limits.SAMPLE_CHUNK_BYTES;
            Part part = new Part(next, number, progress.evicted());
            underWay.add(part);
            recorder.record(
                    Stream.DATA,
                    new SampleChunk(
                            stamper.now(),
                            next.whole.sample(),
                            number,
                            Arrays.copyOfRange(
                                    content, from, from + next.whole.sample().chunkBytes(number))),
                    part);
            recorded++;
        }
        return recorded;
    }

    /** The sample whose parts are the next; null where there is none. */
    private @Nullable Sending next() throws IOException {
        for (Sending each : sending) {
            if (!each.left.isEmpty()) {
                return each;
            }
        }
        while (true) {
            Set<Long> known = underWay();
            SampleFile file = folder.firstAsked(each -> known.contains(each.number()));
            if (file == null) {
                return null;
            }
            SampleFile.Whole whole = folder.read(file);
            if (whole != null) {
                Sending next = new Sending(file, whole);
                sending.add(next);
                return next;
            }
        }
    }

    /** How long there is nothing to do, unless somebody rings. */
    long idleNanos() {
        boolean idle = underWay.isEmpty() && sending.isEmpty() && folder.firstAsked(file -> false) == null;
        return idle ? Limits.AGAIN.toNanos() : Limits.LOOK.toNanos();
    }
}
