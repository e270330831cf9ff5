package io.fulmar.agent.command.handlers;

import io.fulmar.agent.pipeline.FrameWatcher;
import io.fulmar.agent.pipeline.Judged;
import io.fulmar.agent.run.Doorbell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One capture under way. The pipeline's thread offers what it judged, and leaves out what finds no room; the command
 * thread writes. Owned by the command thread, except {@link #judged} and {@link #ended}.
 */
final class Capture implements FrameWatcher {
    private final CaptureFile file;
    private final int count;
    private final ArrayBlockingQueue<Judged> waiting;
    private final AtomicInteger left;
    private final AtomicInteger leftOut = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private Doorbell doorbell = new Doorbell();
    private long deadlineNanos;
    private int written;
    private @Nullable String trouble;

    Capture(CaptureFile file, int count, int inputBytes) {
        this.file = file;
        this.count = count;
        this.left = new AtomicInteger(count);
        this.waiting = new ArrayBlockingQueue<>(Math.clamp(Limits.CAPTURE_QUEUE_BYTES / inputBytes, 1, 64));
    }

    /** When it ends at the latest, and whom to wake when there is something to write. */
    void until(long nanos, Doorbell writer) {
        deadlineNanos = nanos;
        doorbell = writer;
    }

    Path inputs() {
        return file.inputs();
    }

    Path predictions() {
        return file.predictions();
    }

    @Override
    public void judged(Judged frame) {
        if (left.get() == 0) {
            return;
        }
        if (waiting.offer(frame)) {
            left.decrementAndGet();
        } else {
            leftOut.incrementAndGet();
        }
        doorbell.ring();
    }

    @Override
    public void ended() {
        over.set(true);
        doorbell.ring();
    }

    /** Writes what waits; returns how many inputs. */
    int write() {
        int before = written;
        try {
            for (Judged next = waiting.poll(); next != null && trouble == null; next = waiting.poll()) {
                file.add(next);
                written++;
            }
            if (written > before) {
                file.flush(written);
            }
        } catch (IOException e) {
            trouble = String.valueOf(e);
        }
        return written - before;
    }

    boolean isOver(long nowNanos) {
        return written == count
                || trouble != null
                || (over.get() && waiting.isEmpty())
                || nowNanos - deadlineNanos >= 0;
    }

    String summary() {
        return written + " of " + count + " inputs are in " + file.inputs()
                + (leftOut.get() == 0 ? "" : ", " + leftOut.get() + " between them were left out")
                + (trouble == null ? "" : ": " + trouble);
    }

    void close() {
        try {
            file.close();
        } catch (IOException e) {
            trouble = String.valueOf(e);
        }
    }
}
