package io.fulmar.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model's labels: one line of UTF-8 a class, in the order of the model's output. Immutable. */
public final class LabelsFile {
    private LabelsFile() {}

    /**
     * Reads the labels; blank lines at the end do not count.
     *
     * @throws ConfigException if the file cannot be read or holds no labels
     */
    public static List<String> read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(Limits.LABELS_BYTES + 1);
        } catch (IOException e) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "cannot read labels " + file + ": " + e,
                    "check the key labels of the model",
                    e);
        }
        List<String> labels;
        try {
            labels = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .stripTrailing()
                    .lines()
                    .map(String::strip)
                    .toList();
        } catch (CharacterCodingException e) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "labels " + file + " are not UTF-8",
                    "save the file as UTF-8",
                    e);
        }
        if (bytes.length > Limits.LABELS_BYTES || labels.isEmpty() || labels.size() > Limits.LABELS) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "labels " + file + " hold " + labels.size() + " lines in " + bytes.length + " bytes or more",
                    "a labels file has one line a class, at most " + Limits.LABELS);
        }
        return labels;
    }
}
