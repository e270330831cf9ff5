package io.fulmar.model.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** SHA-256 in 64 lower-case hex digits, by which everything in the store is called. Immutable. */
final class Digests {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    private Digests() {}

    static String of(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    static String of(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static boolean isDigest(String text) {
        return HEX.matcher(text).matches();
    }

    /** The same text; what is no digest never becomes the name of a file. */
    static String require(String text) {
        if (!isDigest(text)) {
            throw new IllegalArgumentException("a digest has 64 lower-case hex digits");
        }
        return text;
    }
}
