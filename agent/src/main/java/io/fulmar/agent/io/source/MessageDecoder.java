package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.agent.io.source.FileFrames.MediaTypes;
import io.fulmar.config.SourceSettings.MessageForm;
import io.fulmar.model.tflite.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a frame of the bytes of one message, wherever that came from. Immutable. */
final class MessageDecoder {
    private final MessageForm settings;
    private final int columns;
    private final JsonNumbers json;

    /** @param input the model's, which says how many numbers a message has, unless the settings do */
    MessageDecoder(MessageForm settings, Tensor input) {
        this.settings = settings;
        this.columns = settings.numbers().columns() > 0 ? settings.numbers().columns() : input.elements();
        this.json = new JsonNumbers(settings.numbers().values());
    }

    FrameForm form() {
        return switch (settings.format()) {
            case IMAGE, WAV -> new FrameForm.Encoded();
            case JSON, CSV, RAW -> new FrameForm.Values(columns);
        };
    }

    long maxSize() {
        return settings.maxSize();
    }

    /**
     * The frame.
     *
     * @param where what to call the message
     * @throws SourceException if it is none
     */
    Content decode(byte[] bytes, String where) {
        if (bytes.length > settings.maxSize()) {
            throw malformed(where, "has " + bytes.length + " bytes, more than max_size");
        }
        return switch (settings.format()) {
            case JSON -> values(json.of(text(bytes), where), where);
            case CSV -> values(csv(text(bytes), where), where);
            case RAW -> new Content.Values(raw(bytes, where));
            case IMAGE -> encoded(bytes, MediaTypes.ofImage(bytes), where + " is no JPEG, PNG or BMP");
            case WAV -> encoded(bytes, MediaTypes.ofSound(bytes), where + " is no WAV");
        };
    }

    private Content values(float[] values, String where) {
        JsonNumbers.require(values, columns, where);
        return new Content.Values(values);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private float[] csv(String text, String where) {
        List<String> cells = new ArrayList<>();
        text.lines()
                .filter(line -> !line.startsWith("#"))
                .flatMap(line -> List.of(line.strip().split("[,;\\s]+", -1)).stream())
                .filter(cell -> !cell.isEmpty())
                .limit(columns + 1L)
                .forEach(cells::add);
        if (cells.size() != columns) {
            throw malformed(
                    where,
                    "has " + (cells.size() > columns ? "more than " + columns : cells.size() + " of " + columns)
                            + " values");
        }
        float[] values = new float[columns];
        Rows.parse(String.join(",", cells), values, where);
        return values;
    }

    private float[] raw(byte[] bytes, String where) {
        RawNumbers numbers = new RawNumbers(settings.element(), columns);
        if (bytes.length != numbers.bytes()) {
            throw malformed(where, "has " + bytes.length + " bytes, expected " + numbers.bytes());
        }
        return numbers.of(bytes, where);
    }

    private static Content encoded(byte[] bytes, @Nullable String mediaType, String otherwise) {
        if (mediaType == null) {
            throw malformed(otherwise, "");
        }
        return new Content.Encoded(bytes, mediaType);
    }

    private static SourceException malformed(String where, String what) {
        return new SourceException(
                Category.TRANSIENT, "malformed message", (where + " " + what).strip(), "correct whatever sends it");
    }
}
