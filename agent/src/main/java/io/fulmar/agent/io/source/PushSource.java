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
    private final Inlet inlet;

    PushSource(SourceSettings.Push settings, Tensor modelInput, SourcePlace place) {
        decoder = new MessageDecoder(settings.form(), modelInput);
        feed = new Feed(settings.waiting(), "nobody has brought a frame", place.wake());
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
        return feed.poll(nowNanos);
    }

    @Override
    public SourceTally tally() {
        return feed.tally(0);
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
    }
}
