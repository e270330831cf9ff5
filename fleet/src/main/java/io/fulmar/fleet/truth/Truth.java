package io.fulmar.fleet.truth;

import io.fulmar.sync.wire.Stream;

/**
 * What was right about a prediction. Immutable.
 *
 * @param label the true one
 */
public record Truth(String device, long epoch, Stream stream, long seq, String label) {
    /** Characters of a label. */
    public static final int LABEL_CHARS = 128;

    /** Whether a label can be that. */
    public static boolean isLabel(String label) {
        return !label.isBlank()
                && label.length() <= LABEL_CHARS
                && label.chars().noneMatch(Character::isISOControl);
    }
}
