package io.fulmar.model.pack;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** SHA-256 in 64 lower-case hex digits, and how OCI writes it. Thread-safe. */
public final class Digest {
    static final String FORM = "[0-9a-f]{64}";
    static final String PREFIX = "sha256:";

    private static final Pattern HEX = Pattern.compile(FORM);

    private Digest() {}

    public static boolean isHex(String text) {
        return HEX.matcher(text).matches();
    }

    /** The same text; an {@link IllegalArgumentException} where it is no digest, so that it never becomes the name of a file. */
    public static String requireHex(String text) {
        if (!isHex(text)) {
            throw new IllegalArgumentException("a digest has 64 lower-case hex digits");
        }
        return text;
    }

    /** The digest of these bytes. */
    public static String of(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** The digest of all that was put in. */
    public static String of(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** For bytes that come piece by piece. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Throws a {@link PackageException} unless these are exactly the bytes that are meant. */
    public static void require(String what, byte[] bytes, String sha256, long size) {
        if (bytes.length != size) {
            throw new PackageException(
                    bytes.length < size ? Reason.TRUNCATED : Reason.WRONG_SIZE,
                    what + " has " + bytes.length + " bytes, not " + size);
        }
        String actual = of(bytes);
        if (!actual.equals(sha256)) {
            throw new PackageException(Reason.DIGEST_MISMATCH, what + " has the digest " + actual + ", not " + sha256);
        }
    }

    /** The hex digits after {@code sha256:}. */
    static String parse(String what, String text) {
        if (text.startsWith(PREFIX) && isHex(text.substring(PREFIX.length()))) {
            return text.substring(PREFIX.length());
        }
        throw new PackageException(Reason.MALFORMED, what + " has no digest of the form sha256: and 64 hex digits");
    }
}
