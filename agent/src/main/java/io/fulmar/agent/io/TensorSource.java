package io.fulmar.agent.io;

import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replays files that each hold one raw input tensor. Owned by the pipeline's thread. */
final class TensorSource implements Source {
    private final List<Path> files;
    private final boolean loop;
    private final Pacer pacer;
    private final TensorDecoder decoder;
    private final Frame frame;
    private long number;
    private int next;
    private boolean ended;
    private long endedNanos;
    private @Nullable String notice;

    TensorSource(SourceSettings.Replay settings, TensorDecoder decoder) {
        this.files = ReplayFiles.of(settings);
        this.loop = settings.loop();
        this.pacer = new Pacer(settings.rate(), settings.pace());
        this.decoder = decoder;
        this.frame = new Frame(decoder.elements());
    }

    @Override
    public String name() {
        return "replay";
    }

    @Override
    public int frameSize() {
        return frame.values().length;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        endedNanos = nowNanos;
        if (ended || !pacer.due(nowNanos)) {
            return null;
        }
        if (next == files.size()) {
            if (!loop) {
                ended = true;
                notice = "the replay is at its end after " + number + " frames";
                return null;
            }
            next = 0;
        }
        Path file = files.get(next);
        next++;
        number++;
        decoder.decode(read(file), frame.values());
        return frame.numbered(number);
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long nextDueNanos() {
        return ended ? endedNanos + Limits.NEVER_NANOS : pacer.nextDueNanos();
    }

    @Override
    public @Nullable String notice() {
        String once = notice;
        notice = null;
        return once;
    }

    @Override
    public void close() {
        // each file is closed once it has been read
    }

    private ByteBuffer read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] raw = in.readNBytes(decoder.byteSize() + 1);
            if (raw.length != decoder.byteSize()) {
                throw new SourceException(
                        Category.TRANSIENT,
                        "wrong size",
                        file.getFileName() + " has "
                                + (raw.length > decoder.byteSize() ? Files.size(file) : raw.length)
                                + " bytes, the model's input " + decoder.byteSize(),
                        "replay only files that hold exactly one input tensor");
            }
            return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw ReplayFiles.unreadable(file, e);
        }
    }
}
