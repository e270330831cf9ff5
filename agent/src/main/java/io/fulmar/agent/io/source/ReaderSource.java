package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Frames from a stream, a command's standard output or a serial port, which a thread of its own reads. Owned by the pipeline's
 * thread.
 */
final class ReaderSource implements Source {
    private final String name;
    private final SourcePlace place;
    private final FrameForm form;
    private final Feed feed;
    private final FrameReader reader;
    private boolean begun;

    private ReaderSource(String name, SourcePlace place, FrameForm form, Feed feed, FrameReader reader) {
        this.name = name;
        this.place = place;
        this.form = form;
        this.feed = feed;
        this.reader = reader;
    }

    static Source exec(SourceSettings.Exec settings, Tensor modelInput, SourcePlace place) {
        int columns = columns(settings.form(), modelInput);
        Feed feed = new Feed(
                settings.waiting(),
                settings.command().getFirst() + " is started anew, as it has given no frame",
                place.wake());
        return new ReaderSource(
                "exec",
                place,
                StreamFrames.form(settings.form(), columns),
                feed,
                new ChildProcess("exec-" + place.pipeline(), settings, columns, feed, place.background()));
    }

    static Source serial(SourceSettings.Serial settings, Tensor modelInput, SourcePlace place) {
        int columns = columns(settings.form(), modelInput);
        Feed feed = new Feed(
                settings.waiting(), settings.port() + " is opened anew, as it has brought no frame", place.wake());
        return new ReaderSource(
                "serial",
                place,
                StreamFrames.form(settings.form(), columns),
                feed,
                new SerialReader(settings, columns, feed));
    }

    /** How many numbers a row has: as many as are named, or as the model takes. */
    private static int columns(SourceSettings.StreamForm form, Tensor modelInput) {
        int wanted = form.numbers().columns();
        return wanted > 0 ? wanted : modelInput.elements();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public FrameForm form() {
        return form;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        if (!begun) {
            begun = true; // not before, as the pipeline that this one takes the place of may hold the camera or the
            // port
            place.background().begin(name + "-" + place.pipeline(), reader);
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
    public void close() {
        feed.close();
        if (begun) {
            reader.end();
        }
    }
}
