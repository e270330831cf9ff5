package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings.StreamForm;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Cuts a stream of bytes, such as what a command writes or a serial line brings, into frames. Owned by the thread that reads. */
interface StreamFrames {
    float FULL_SCALE = 32_768;

    /**
     * The next frame; null at the end, where the rest of one does not count.
     *
     * @throws SourceException if this frame is damaged; the next one may be well
     */
    @Nullable
    Content next() throws IOException;

    /** What such frames have in common; {@code columns} is how many numbers a line has. */
    static FrameForm form(StreamForm form, int columns) {
        return switch (form.format()) {
            case RGB24 -> new FrameForm.Image(form.width(), form.height());
            case S16LE -> new FrameForm.Audio(form.rate(), form.samples(), false);
            case MJPEG -> new FrameForm.Encoded();
            case CSV, JSONL, RAW -> new FrameForm.Values(columns);
        };
    }

    /** Where the stream begins. */
    enum Beginning {
        /** With a frame. */
        FRAME,
        /** Somewhere: the rest of a frame may come first. */
        ANYWHERE
    }

    /** Cuts what comes in; where those are lines or raw numbers, into so many numbers each. */
    static StreamFrames of(StreamForm form, int columns, InputStream in, Beginning beginning) {
        return switch (form.format()) {
            case RGB24 -> () -> picture(form, in);
            case S16LE -> () -> sound(form, in);
            case MJPEG -> {
                JpegSplitter splitter = new JpegSplitter(new BufferedInputStream(in, 1 << 16), form.maxSize());
                yield () -> {
                    byte[] jpeg = splitter.next();
                    return jpeg == null ? null : new Content.Encoded(jpeg, "image/jpeg");
                };
            }
            case CSV -> new OfLines(in, Lines.csv(), columns, beginning);
            case JSONL -> new OfLines(in, Lines.json(form.numbers()), columns, beginning);
            case RAW -> new MarkedFrames(new BufferedInputStream(in), form.bytes(), columns, beginning);
        };
    }

    private static @Nullable Content picture(StreamForm form, InputStream in) throws IOException {
        int size = 3 * form.width() * form.height();
        byte[] rgb = in.readNBytes(size);
        return rgb.length < size ? null : new Content.Image(form.width(), form.height(), rgb);
    }

    private static @Nullable Content sound(StreamForm form, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(2 * form.samples());
        if (bytes.length < 2 * form.samples()) {
            return null;
        }
        ShortBuffer raw = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
        float[] samples = new float[form.samples()];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = raw.get(i) / FULL_SCALE;
        }
        return new Content.Audio(form.rate(), samples);
    }

    /** Lines of numbers. Owned by the thread that reads. */
    final class OfLines implements StreamFrames {
        private final BufferedReader reader;
        private final Lines lines;
        private final int columns;
        private final Beginning beginning;
        private boolean begun;
        private long line;

        OfLines(InputStream in, Lines lines, int columns, Beginning beginning) {
            this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            this.lines = lines;
            this.columns = columns;
            this.beginning = beginning;
            this.begun = beginning == Beginning.FRAME;
        }

        @Override
        public @Nullable Content next() throws IOException {
            while (true) {
                String row = beginning == Beginning.FRAME
                        ? Rows.line(reader, "its output")
                        : Rows.line(reader, "what came", Limits.WIRE_LINE_CHARS, false);
                line++;
                if (!begun && row != null) {
                    begun = true; // what came before its end may be half of it
                    continue;
                }
                if (row == null) {
                    return null;
                }
                if (lines.counts(row, line)) {
                    float[] values = new float[columns];
                    lines.parse(row, values, "line " + line);
                    return new Content.Values(values);
                }
            }
        }
    }
}
