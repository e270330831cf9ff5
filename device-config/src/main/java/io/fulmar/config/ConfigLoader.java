package io.fulmar.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a device's TOML file into a {@link DeviceConfig}, or says everything that is wrong with it. Immutable. */
public final class ConfigLoader {
    private static final String EXAMPLES = "start from one of device-config/examples";

    private ConfigLoader() {}

    /**
     * Loads {@code file} with {@code overrides} (dotted key to value, as in {@code --set key=value}) laid over it.
     *
     * @throws ConfigException if the file cannot be read
     */
    public static LoadResult load(Path file, Map<String, String> overrides) {
        return load(file, overrides, new Problems());
    }

    static LoadResult load(Path file, Map<String, String> overrides, Problems problems) {
        String name = file.toString();
        String text = decode(name, read(file), problems);
        Node.Table document = text == null ? null : TomlDocument.parse(name, text, problems);
        if (document == null) {
            return new LoadResult.Invalid(problems.inOrder());
        }
        new Overrides(problems).apply(document, overrides);
        Path folder = file.toAbsolutePath().normalize().getParent();
        DeviceConfig config = new Binder(folder == null ? file.toAbsolutePath() : folder, problems)
                .device(TableReader.root(problems, document));
        return problems.none() ? new LoadResult.Loaded(config) : new LoadResult.Invalid(problems.inOrder());
    }

    private static byte[] read(Path file) {
        if (Files.isDirectory(file)) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "cannot read configuration " + file + ": it is a directory",
                    "name the TOML file inside it");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(Limits.FILE_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "cannot read configuration " + file + ": there is no such file",
                    "check the path, or " + EXAMPLES,
                    e);
        } catch (IOException e) {
            throw new ConfigException(
                    ConfigException.Category.TRANSIENT,
                    "cannot read configuration " + file + ": " + e,
                    "check that the file is readable by this user and its disk is well",
                    e);
        }
    }

    private static @Nullable String decode(String name, byte[] bytes, Problems problems) {
        Place start = Place.startOf(name);
        if (bytes.length > Limits.FILE_BYTES) {
            problems.add(
                    start, "", "is larger than " + Units.text(Limits.FILE_BYTES) + ", so it is not a device's file");
            return null;
        }
        if (startsWith(bytes, 0xFE, 0xFF) || startsWith(bytes, 0xFF, 0xFE)) {
            problems.add(start, "", "is UTF-16; save it as UTF-8");
            return null;
        }
        if (startsWith(bytes, 0xEF, 0xBB, 0xBF)) {
            problems.add(start, "", "starts with a byte order mark; save it as UTF-8 without one");
            return null;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            problems.add(placeOfBadByte(name, bytes), "", "is not UTF-8 here");
            return null;
        }
        if (text.isBlank()) {
            problems.add(start, "", "is empty; " + EXAMPLES);
            return null;
        }
        return text;
    }

    /** Decoding with replacement and again without shows where the first byte is that does not fit. */
    private static Place placeOfBadByte(String name, byte[] bytes) {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        var out = java.nio.CharBuffer.allocate(bytes.length);
        decoder.decode(in, out, true);
        String before = out.flip().toString();
        int lastBreak = before.lastIndexOf('\n');
        int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
        return new Place(name, line, before.length() - lastBreak);
    }

    private static boolean startsWith(byte[] bytes, int... prefix) {
        if (bytes.length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if ((bytes[i] & 0xFF) != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
