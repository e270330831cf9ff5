package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
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
    private boolean begun;

    ExecSource(SourceSettings.Exec settings, Tensor modelInput, SourcePlace place) {
        int wanted = settings.form().numbers().columns();
        int columns = wanted > 0 ? wanted : modelInput.elements();
        this.pipeline = place.pipeline();
        this.background = place.background();
        feed = new Feed(
                settings.waiting(),
                settings.command().getFirst() + " is started anew, as it has given no frame",
                place.wake());
        child = new ChildProcess("exec-" + place.pipeline(), settings, columns, feed, background);
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
        if (!begun) {
            begun = true; // not before, as the pipeline that this one takes the place of may hold the camera
            background.begin("exec-" + pipeline, child);
        }
        return feed.poll(nowNanos, child::stalled);
    }

    @Override
    public SourceTally tally() {
        return feed.tally(child.restarts());
    }

    @Override
    public long frameNumber() {
        return feed.number();
    }

    @Override
    public long frameSinceNanos(long polledNanos) {
        return feed.sinceNanos();
    }

    @Override
    public long nextDueNanos() {
        return feed.nextNanos();
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
