package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Tensor;
import org.jspecify.annotations.Nullable;

/** Frames from a command's standard output, which a thread of its own reads. Owned by the pipeline's thread. */
final class ExecSource implements Source {
    private final String pipeline;
    private final FrameForm form;
    private final Background background;
    private final Feed feed;
    private final ChildProcess child;
    private final Staleness staleness;
    private final Frame frame = new Frame(0);
    private boolean begun;
    private long polledNanos;
    private long sinceNanos;
    private long number;

    ExecSource(SourceSettings.Exec settings, Tensor modelInput, SourcePlace place) {
        int wanted = settings.form().numbers().columns();
        int columns = wanted > 0 ? wanted : modelInput.elements();
        this.pipeline = place.pipeline();
        this.background = place.background();
        feed = new Feed(settings.waiting(), place.wake());
        child = new ChildProcess("exec-" + place.pipeline(), settings, columns, feed, background);
        staleness = new Staleness(
                settings.waiting().stale(),
                settings.command().getFirst() + " is started anew, as it has given no frame");
        form = StreamFrames.form(settings.form(), columns);
    }

    @Override
    public String name() {
        return "exec";
    }

    @Override
    public FrameForm form() {
        return form;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        polledNanos = nowNanos;
        staleness.polled(nowNanos);
        if (!begun) {
            begun = true; // not before, as the pipeline that this one takes the place of may hold the camera
            background.begin("exec-" + pipeline, child);
        }
        Feed.Item item = feed.take();
        if (item != null) {
            staleness.heard(nowNanos);
            number = feed.number();
            sinceNanos = item.sinceNanos();
            return frame.of(number, item.content());
        }
        try {
            staleness.check(nowNanos);
        } catch (SourceException e) {
            staleness.again(nowNanos); // the next command has as long again
            if (child.stalled()) {
                throw e;
            }
        }
        return null;
    }

    @Override
    public SourceTally tally() {
        return new SourceTally(feed.dropped(), feed.refused(), child.restarts(), staleness.silent());
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long frameSinceNanos(long polledNanos) {
        return sinceNanos;
    }

    @Override
    public long nextDueNanos() {
        return feed.isEmpty() ? staleness.earlier(polledNanos + Limits.NEVER_NANOS) : polledNanos;
    }

    @Override
    public @Nullable String notice() {
        return null;
    }

    @Override
    public void close() {
        feed.close();
        child.end();
    }
}
