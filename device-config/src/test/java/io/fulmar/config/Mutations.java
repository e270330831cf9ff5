package io.fulmar.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages configurations: blindly, byte by byte, or with sense, value by value. Immutable. */
final class Mutations {
    private static final List<String> SNIPPETS = List.of(
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            "=",
            "\"",
            "\"\"\"",
            "'",
            "\n",
            "\\",
            "#",
            ".",
            ",",
            "-1",
            "nan",
            "inf",
            "9223372036854775808",
            "1e999",
            "true",
            "2026-02-30",
            "\"99999999999999d\"",
            "\"1ZiB\"",
            "\0",
            "\uFFFF",
            "[pipeline]\n",
            "[[device]]\n",
            "[[pipeline.source]]\n",
            "[mqtt.tls]\n",
            "[mqtt]\npassword_file = \"/dev/zero\"\n",
            "[mqtt]\nurl = \"mqtts://x\"\n",
            "ca = \"/dev/random\"\n",
            "root = \"/proc/self/mem\"\n",
            "a.b.c = {}\n",
            "\u00e9",
            "\"\\ud800\"");

    private static final List<String> VALUES = List.of(
            "0",
            "1",
            "-1",
            "7",
            "0.5",
            "1e9",
            "1000000000000",
            "true",
            "\"\"",
            "\"a\"",
            "\"10s\"",
            "\"0s\"",
            "\"5m\"",
            "\"12h\"",
            "\"400d\"",
            "\"2MiB\"",
            "\"1TiB\"",
            "\"warn\"",
            "\"none\"",
            "\"log\"",
            "\"change\"",
            "\"bearing\"",
            "\"rows.csv\"",
            "\"mqtt://c:2\"",
            "[]",
            "[1, 2]",
            "[\"a\"]",
            "[\"label\"]",
            "{}",
            "2026-11-21");

    private Mutations() {}

    /** Replaces, inserts or removes some bytes. */
    static byte[] ofBytes(byte[] from, Random random) {
        int at = random.nextInt(from.length + 1);
        int length = Math.min(random.nextInt(1 << random.nextInt(9)), from.length - at);
        byte[] inserted = switch (random.nextInt(4)) {
            case 0 -> new byte[0];
            case 1 -> new byte[] {(byte) random.nextInt(256)};
            case 2 -> SNIPPETS.get(random.nextInt(SNIPPETS.size())).getBytes(StandardCharsets.UTF_8);
            default -> {
                int start = random.nextInt(from.length + 1);
                yield Arrays.copyOfRange(
                        from, start, Math.min(from.length, start + random.nextInt(1 << random.nextInt(9))));
            }
        };
        int removed = random.nextBoolean() ? length : 0;
        byte[] to = new byte[from.length - removed + inserted.length];
        System.arraycopy(from, 0, to, 0, at);
        System.arraycopy(inserted, 0, to, at, inserted.length);
        System.arraycopy(from, at + removed, to, at + inserted.length, from.length - at - removed);
        return to;
    }

    /** Gives one key of {@code toml} another value, or drops its line. */
    static String ofValue(String toml, Random random) {
        List<String> lines = new ArrayList<>(toml.lines().toList());
        List<Integer> keys = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).matches("[a-z_]+ = [^\\[]*")) {
                keys.add(i);
            }
        }
        int line = keys.get(random.nextInt(keys.size()));
        if (random.nextInt(8) == 0) {
            lines.remove(line);
        } else {
            String key = lines.get(line).substring(0, lines.get(line).indexOf(" = "));
            lines.set(line, key + " = " + VALUES.get(random.nextInt(VALUES.size())));
        }
        return String.join("\n", lines) + "\n";
    }
}
