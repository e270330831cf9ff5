package io.fulmar.cli.world;

import java.nio.charset.StandardCharsets;

/** Bytes as a text of as many characters, which can be compared and kept in collections. */
final class Bytes {
    private Bytes() {}

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
