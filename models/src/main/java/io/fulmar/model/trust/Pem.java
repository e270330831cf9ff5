package io.fulmar.model.trust;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** One block of PEM (RFC 7468) to bytes and back. Thread-safe. */
final class Pem {
    private static final int LINE_CHARS = 64;
    private static final String DASHES = "-----";

    private Pem() {}

    static String encode(String label, byte[] bytes) {
        String body = Base64.getMimeEncoder(LINE_CHARS, new byte[] {'\n'}).encodeToString(bytes);
        return begin(label) + "\n" + body + "\n" + end(label) + "\n";
    }

    /** The first block of that label; what stands before and after it is not looked at, as openssl does. */
    static byte[] decode(String what, String label, String pem) {
        int begin = pem.indexOf(begin(label));
        int end = pem.indexOf(end(label));
        if (begin < 0 || end < begin) {
            throw TrustException.permanent(what + " has no block '" + begin(label) + "'", hint(pem, label));
        }
        String body = pem.substring(begin + begin(label).length(), end).replaceAll("[\\r\\n \\t]", "");
        try {
            return Base64.getDecoder().decode(body.getBytes(StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException e) {
            throw new TrustException(
                    TrustException.Category.PERMANENT,
                    what + ": the block '" + begin(label) + "' is damaged",
                    "take it from its source again",
                    e);
        }
    }

    private static String hint(String pem, String label) {
        if (pem.contains(begin("ENCRYPTED " + label))) {
            return "it is encrypted: write a plain one with 'openssl pkey', readable by its owner alone";
        }
        if (label.equals(VerifyingKey.PEM_LABEL) && pem.contains(begin(SigningKey.PEM_LABEL))) {
            return "it is a private key: keep it, and take the public one with 'fulmar fleet key show'";
        }
        return "make a key with: fulmar fleet key new FILE";
    }

    private static String begin(String label) {
        return DASHES + "BEGIN " + label + DASHES;
    }

    private static String end(String label) {
        return DASHES + "END " + label + DASHES;
    }
}
