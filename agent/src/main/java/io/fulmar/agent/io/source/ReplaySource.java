package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.config.SourceSettings;
import org.jspecify.annotations.Nullable;

/**
 * What all recordings have in common: frames at the configured pace, numbered from 1, until the recording ends. Owned by
 * the pipeline's thread.
 */
abstract class ReplaySource implements Source {
    private final Pacer pacer;
    private final Frame frame;
    private long number;
    private boolean ended;
    private long endedNanos;
    private @Nullable String notice;

    ReplaySource(SourceSettings.Replay settings, int frameSize) {
        this(settings, new Frame(frameSize));
    }

    ReplaySource(SourceSettings.Replay settings, Frame frame) {
        this.pacer = new Pacer(settings.rate(), settings.pace());
        this.frame = frame;
    }

    /**
     * Finds the next frame, {@link #count counts} it, and only then reads it, so that one which cannot be read has its
     * number too.
     *
     * @return false at the end of the recording
     */
    abstract boolean read(Frame next);

    /** Takes the next number. */
    final void count() {
        number++;
    }

    /** No frame comes after this. */
    final void end(String why) {
        ended = true;
        notice = why;
    }

    @Override
    public final String name() {
        return "replay";
    }

    @Override
    public FrameForm form() {
        return new FrameForm.Values(frame.values().length);
    }

    @Override
    public final @Nullable Frame poll(long nowNanos) {
        endedNanos = nowNanos;
        if (ended || !pacer.due(nowNanos)) {
            return null;
        }
        if (!read(frame)) {
            end("the replay is at its end after " + number + " frames");
            return null;
        }
        return frame.numbered(number);
    }

    @Override
    public final long frameNumber() {
        return number;
    }

    @Override
    public void catchUp(long nowNanos) {
        pacer.catchUp(nowNanos);
    }

    @Override
    public long frameSinceNanos(long polledNanos) {
        return pacer.givenNanos();
    }

    @Override
    public final long nextDueNanos() {
        return ended ? endedNanos + Limits.NEVER_NANOS : pacer.nextDueNanos();
    }

    @Override
    public final @Nullable String notice() {
        String once = notice;
        notice = null;
        return once;
    }
}
