package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Inlet;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Tensor;
import org.jspecify.annotations.Nullable;

/** Frames that programs bring. Owned by the pipeline's thread, but for its inlet. */
final class PushSource implements Source {
    private final MessageDecoder decoder;
    private final Feed feed;
    private final Staleness staleness;
    private final Inlet inlet;
    private final Frame frame = new Frame(0);
    private long polledNanos;
    private long sinceNanos;
    private long number;

    PushSource(SourceSettings.Push settings, Tensor modelInput, SourcePlace place) {
        decoder = new MessageDecoder(settings.form(), modelInput);
        feed = new Feed(settings.waiting(), place.wake());
        staleness = new Staleness(settings.waiting().stale(), "nobody has brought a frame");
        inlet = new Entrance(decoder, feed);
    }

    /** Decodes on the thread of whoever brings a frame, who so hears at once what is wrong with it. Thread-safe. */
    private record Entrance(MessageDecoder decoder, Feed feed) implements Inlet {
        @Override
        public long maxSize() {
            return decoder.maxSize();
        }

        @Override
        public Fate offer(byte[] bytes) {
            Content content;
            try {
                content = decoder.decode(bytes, "what was brought");
            } catch (SourceException e) {
                feed.refuse(e);
                throw e;
            }
            if (feed.offer(content)) {
                return Fate.TAKEN;
            }
            return feed.closed() ? Fate.CLOSED : Fate.FULL;
        }
    }

    @Override
    public String name() {
        return "push";
    }

    @Override
    public FrameForm form() {
        return decoder.form();
    }

    @Override
    public Inlet inlet() {
        return inlet;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        polledNanos = nowNanos;
        staleness.polled(nowNanos);
        Feed.Item item = feed.take();
        if (item == null) {
            staleness.check(nowNanos);
            return null;
        }
        staleness.heard(nowNanos);
        number = feed.number();
        sinceNanos = item.sinceNanos();
        return frame.of(number, item.content());
    }

    @Override
    public SourceTally tally() {
        return new SourceTally(feed.dropped(), feed.refused(), 0, staleness.silent());
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
    }
}
