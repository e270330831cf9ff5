package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The frames of one file, one after the other. Owned by the pipeline's thread. */
interface FileFrames extends AutoCloseable {

    /** The next frame; null at the end. A row that is malformed is thrown, and the next one follows. */
    @Nullable
    Content next() throws IOException;

    /** Whether the file is bad if its frame is. */
    boolean isOneFrame();

    @Override
    void close() throws IOException;

    /** Opens files of one format. Owned by the pipeline's thread. */
    final class Opener {
        private final SourceSettings.Folder settings;
        private final @Nullable TensorDecoder decoder;
        private final float[] values;

        /** @param input the model's, which says how long rows and how raw tensors are, unless the settings do */
        Opener(SourceSettings.Folder settings, io.fulmar.model.tflite.Tensor input) {
            this.settings = settings;
            this.decoder = settings.format() == SourceSettings.FileFormat.TENSOR ? TensorDecoder.of(input) : null;
            this.values = new float
                    [settings.numbers().columns() > 0 ? settings.numbers().columns() : input.elements()];
        }

        FrameForm form() {
            return switch (settings.format()) {
                case IMAGE, WAV -> new FrameForm.Encoded();
                case CSV, JSONL, TENSOR -> new FrameForm.Values(values.length);
            };
        }

        /**
         * The frames of that file.
         *
         * @throws SourceException if nothing can come of it
         */
        FileFrames open(WatchedFile file) throws IOException {
            if (file.size() > settings.maxSize()) {
                throw bad(file, "has " + file.size() + " bytes, more than max_size");
            }
            Lines lines = switch (settings.format()) {
                case CSV -> Lines.csv();
                case JSONL -> Lines.json(settings.numbers());
                case IMAGE, WAV, TENSOR -> null;
            };
            if (lines != null) {
                return new OfRows(Files.newBufferedReader(file.path()), lines, file.name(), values);
            }
            byte[] bytes = bytes(file);
            if (decoder == null) {
                String mediaType = mediaType(bytes);
                if (mediaType == null) {
                    throw bad(
                            file,
                            settings.format() == SourceSettings.FileFormat.IMAGE
                                    ? "is no JPEG, PNG or BMP"
                                    : "is no WAV");
                }
                return new Whole(new Content.Encoded(bytes, mediaType));
            }
            if (bytes.length != decoder.byteSize()) {
                throw bad(file, "has " + bytes.length + " bytes, the model's input " + decoder.byteSize());
            }
            decoder.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), values);
            return new Whole(new Content.Values(values));
        }

        private byte[] bytes(WatchedFile file) throws IOException {
            try (InputStream in = Files.newInputStream(file.path())) {
                byte[] bytes = in.readNBytes((int) file.size() + 1);
                if (bytes.length != file.size()) {
                    throw new IOException("it is being written to");
                }
                return bytes;
            }
        }

        private @Nullable String mediaType(byte[] bytes) {
            return switch (settings.format()) {
                case IMAGE -> MediaTypes.ofImage(bytes);
                default -> MediaTypes.ofSound(bytes);
            };
        }

        private static SourceException bad(WatchedFile file, String why) {
            return new SourceException(
                    Category.TRANSIENT, "bad file", file.name() + " " + why, "look at whatever writes it");
        }
    }

    /** A file that is one frame. Owned by the pipeline's thread. */
    final class Whole implements FileFrames {
        private @Nullable Content content;

        /** One of which nothing is left. */
        Whole() {
            content = null;
        }

        Whole(Content content) {
            this.content = content;
        }

        @Override
        public @Nullable Content next() {
            Content once = content;
            content = null;
            return once;
        }

        @Override
        public boolean isOneFrame() {
            return true;
        }

        @Override
        public void close() {
            // it was read as a whole
        }
    }

    /** A file of rows. Owned by the pipeline's thread. */
    final class OfRows implements FileFrames {
        private final BufferedReader reader;
        private final Lines lines;
        private final String name;
        private final Content.Values values;
        private long line;

        OfRows(BufferedReader reader, Lines lines, String name, float[] values) {
            this.reader = reader;
            this.lines = lines;
            this.name = name;
            this.values = new Content.Values(values);
        }

        @Override
        public @Nullable Content next() throws IOException {
            while (true) {
                String row = Rows.line(reader, name);
                line++;
                if (row == null) {
                    return null;
                }
                if (lines.counts(row, line)) {
                    lines.parse(row, values.values(), name + " line " + line);
                    return values;
                }
            }
        }

        @Override
        public boolean isOneFrame() {
            return false;
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    /** What bytes are, as they begin. Immutable. */
    final class MediaTypes {
        private static final byte[] JPEG = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF};
        private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G'};
        private static final byte[] BMP = {'B', 'M'};
        private static final byte[] RIFF = {'R', 'I', 'F', 'F'};
        private static final byte[] WAVE = "WAVE".getBytes(StandardCharsets.US_ASCII);

        private MediaTypes() {}

        static @Nullable String ofImage(byte[] bytes) {
            if (has(bytes, 0, JPEG)) {
                return "image/jpeg";
            }
            if (has(bytes, 0, PNG)) {
                return "image/png";
            }
            return has(bytes, 0, BMP) ? "image/bmp" : null;
        }

        static @Nullable String ofSound(byte[] bytes) {
            return has(bytes, 0, RIFF) && has(bytes, 8, WAVE) ? "audio/wav" : null;
        }

        private static boolean has(byte[] bytes, int at, byte[] what) {
            return bytes.length >= at + what.length && Arrays.equals(bytes, at, at + what.length, what, 0, what.length);
        }
    }
}
