package io.fulmar.agent.command;

import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** One line of the journal: eight hex digits of CRC-32C over the JSON object after the blank. Immutable. */
final class JournalLine {
    private static final int HEAD = 9;

    private JournalLine() {}

    /** The line, with its end. */
    static byte[] of(Map<String, ? extends @Nullable Object> said) {
        byte[] json = JsonText.of(said).getBytes(StandardCharsets.UTF_8);
        String head = HexFormat.of().toHexDigits(checksum(json)) + " ";
        byte[] line = new byte[HEAD + json.length + 1];
        System.arraycopy(head.getBytes(StandardCharsets.US_ASCII), 0, line, 0, HEAD);
        System.arraycopy(json, 0, line, HEAD, json.length);
        line[line.length - 1] = '\n';
        return line;
    }

    /** What the line, without its end, says; null if that is not what was written. */
    static @Nullable Map<String, @Nullable Object> read(byte[] line) {
        if (line.length <= HEAD || line[HEAD - 1] != ' ') {
            return null;
        }
        byte[] json = new byte[line.length - HEAD];
        System.arraycopy(line, HEAD, json, 0, json.length);
        String head = new String(line, 0, HEAD - 1, StandardCharsets.ISO_8859_1);
        if (!head.equals(HexFormat.of().toHexDigits(checksum(json)))) {
            return null;
        }
        return JsonText.read(new String(json, StandardCharsets.UTF_8));
    }

    static String text(Map<String, @Nullable Object> said, String name) {
        if (said.get(name) instanceof String text) {
            return text;
        }
        throw new WireException("no text '" + name + "'");
    }

    static long number(Map<String, @Nullable Object> said, String name) {
        return switch (said.get(name)) {
            case Integer value -> value;
            case Long value -> value;
            case null, default -> throw new WireException("no number '" + name + "'");
        };
    }

    private static int checksum(byte[] json) {
        CRC32C crc = new CRC32C();
        crc.update(json);
        return (int) crc.getValue();
    }
}
