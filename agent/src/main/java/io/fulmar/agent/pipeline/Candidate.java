package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A copy of an input that is or may be wanted: it is kept once there is a rule, a prediction and the receipt of that, in
 * whatever order they come. A prediction that nobody has recorded is then. Thread-safe.
 */
final class Candidate implements Fate, ModelTap.Comparison {
    private final Recorder recorder;
    private final SampleKeeper keeper;
    private final Allowance disagreements;
    private final AtomicReference<@Nullable Content> content;
    private final int[] shape;
    private final long bytes;
    private final AtomicReference<Choice> choice = new AtomicReference<>(Choice.OPEN);
    private final AtomicReference<@Nullable SampleRule> rule = new AtomicReference<>();
    private final AtomicReference<@Nullable Prediction> prediction = new AtomicReference<>();
    private final AtomicReference<@Nullable Receipt> receipt = new AtomicReference<>();
    private final AtomicBoolean recording = new AtomicBoolean();
    private final AtomicBoolean reserved = new AtomicBoolean();

    private enum Choice {
        OPEN,
        WANTED,
        GIVEN_UP
    }

    Candidate(
            Recorder recorder, SampleKeeper keeper, Allowance disagreements, Content content, int[] shape, long bytes) {
        this.recorder = recorder;
        this.keeper = keeper;
        this.disagreements = disagreements;
        this.content = new AtomicReference<>(content);
        this.shape = shape;
        this.bytes = bytes;
    }

    /** It is wanted; where there is no room it is not. False where it was given up before. */
    boolean want(SampleRule why) {
        if (choice.get() == Choice.OPEN && keeper.reserve(bytes)) {
            if (choice.compareAndSet(Choice.OPEN, Choice.WANTED)) {
                reserved.set(true);
                rule.set(why);
                settle();
            } else {
                keeper.release(bytes);
            }
        }
        return choice.get() != Choice.GIVEN_UP;
    }

    /**
     * The model has said this.
     *
     * @param recorded whether it is about to be recorded whatever becomes of this
     */
    void predicted(Prediction said, boolean recorded) {
        recording.compareAndSet(false, recorded);
        prediction.set(said);
        settle();
    }

    @Override
    public void compared(boolean same) {
        if (!same && disagreements.take(System.nanoTime())) {
            want(SampleRule.DISAGREEMENT);
        } else if (choice.compareAndSet(Choice.OPEN, Choice.GIVEN_UP)) {
            content.set(null);
        }
    }

    @Override
    public void recorded(Receipt newReceipt) {
        receipt.set(newReceipt);
        settle();
    }

    @Override
    public void refused() {
        content.set(null);
        giveBack();
    }

    private void settle() {
        SampleRule why = rule.get();
        Prediction said = prediction.get();
        if (why == null || said == null) {
            return;
        }
        if (recording.compareAndSet(false, true)) {
            recorder.record(Stream.DATA, said, this);
        }
        Receipt known = receipt.get();
        if (known == null) {
            return;
        }
        Content mine = content.getAndSet(null);
        if (mine == null) {
            giveBack(); // it was given up before
        } else if (reserved.compareAndSet(true, false)) {
            keeper.keep(new SampleKeeper.Taken(why, said, known, mine, shape, bytes));
        }
    }

    private void giveBack() {
        if (reserved.compareAndSet(true, false)) {
            keeper.release(bytes);
        }
    }
}
