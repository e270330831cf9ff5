package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Tensor;
import org.jspecify.annotations.Nullable;

/** Frames from a serial port, which a thread of its own reads. Owned by the pipeline's thread. */
final class SerialSource implements Source {
    private final String name;
    private final FrameForm form;
    private final Background background;
    private final Feed feed;
    private final SerialReader reader;
    private boolean begun;

    SerialSource(SourceSettings.Serial settings, Tensor modelInput, SourcePlace place) {
        int wanted = settings.form().numbers().columns();
        int columns = wanted > 0 ? wanted : modelInput.elements();
        name = "serial-" + place.pipeline();
        background = place.background();
        feed = new Feed(
                settings.waiting(), settings.port() + " is opened anew, as it has brought no frame", place.wake());
        reader = new SerialReader(settings, columns, feed);
        form = StreamFrames.form(settings.form(), columns);
    }

    @Override
    public String name() {
        return "serial";
    }

    @Override
    public FrameForm form() {
        return form;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        if (!begun) {
            begun = true; // not before, as the pipeline that this one takes the place of may have the port
            background.begin(name, reader);
        }
        return feed.poll(nowNanos, reader::stalled);
    }

    @Override
    public SourceTally tally() {
        return feed.tally(reader.restarts());
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
        if (begun) {
            reader.end();
        }
    }
}
