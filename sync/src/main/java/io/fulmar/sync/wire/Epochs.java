package io.fulmar.sync.wire;

import java.util.HexFormat;

/** Epochs as text: sixteen lower-case hex digits, since a JSON number cannot carry 64 bits everywhere. Immutable. */
public final class Epochs {
    private static final int DIGITS = 16;

    private Epochs() {}

    public static String text(long epoch) {
        return HexFormat.of().toHexDigits(epoch);
    }

    public static long parse(String text) {
        if (text.length() != DIGITS || !isLowerHex(text)) {
            throw new WireException("an epoch has 16 lower-case hex digits, not '" + WireException.shorten(text) + "'");
        }
        return HexFormat.fromHexDigitsToLong(text);
    }

    static boolean isLowerHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ("0123456789abcdef".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
