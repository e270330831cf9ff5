package io.fulmar.sync.wire;

/**
 * Which model made a prediction: exactly these bytes. Immutable.
 *
 * @param sha256 of the model file, 64 lower-case hex digits
 */
public record ModelRef(String name, String version, String sha256) {
    private static final int DIGITS = 64;

    public ModelRef {
        if (sha256.length() != DIGITS || !Epochs.isLowerHex(sha256)) {
            throw new IllegalArgumentException(
                    "a sha256 has 64 lower-case hex digits, not '" + WireException.shorten(sha256) + "'");
        }
    }
}
