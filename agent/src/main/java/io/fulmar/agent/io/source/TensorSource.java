package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Replays files that each hold one raw input tensor. Owned by the pipeline's thread. */
final class TensorSource extends ReplaySource {
    private final List<Path> files;
    private final boolean loop;
    private final TensorDecoder decoder;
    private int next;

    TensorSource(SourceSettings.Replay settings, TensorDecoder decoder) {
        super(settings, decoder.elements());
        this.files = ReplayFiles.of(settings);
        this.loop = settings.loop();
        this.decoder = decoder;
    }

    @Override
    boolean read(Frame frame) {
        if (next == files.size()) {
            if (!loop) {
                return false;
            }
            next = 0;
        }
        Path file = files.get(next);
        next++;
        count();
        decoder.decode(raw(file), frame.values());
        return true;
    }

    @Override
    public void close() {
        // each file is closed once it has been read
    }

    private ByteBuffer raw(Path file) {
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
