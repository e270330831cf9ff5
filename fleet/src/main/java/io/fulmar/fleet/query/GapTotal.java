package io.fulmar.fleet.query;

import org.jspecify.annotations.Nullable;

/**
 * What a device gave up for one reason.
 *
 * @param gaps declarations
 * @param rows that they stand for
 *     <p>Immutable.
 */
public record GapTotal(String device, String stream, String reason, long gaps, long rows, long lastMillis) {
    /** Where a page after this one begins. */
    public String place() {
        return rows + "/" + device + "/" + stream + "/" + reason;
    }

    /** As much of one as its {@link #place} says; null where it says nothing. */
    public static @Nullable GapTotal at(String place) {
        String[] parts = place.split("/", 4);
        try {
            return parts.length == 4
                    ? new GapTotal(parts[1], parts[2], parts[3], 0, Long.parseLong(parts[0]), 0)
                    : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
