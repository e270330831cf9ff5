package io.fulmar.fleet.query;

/**
 * A gap and when it was declared here.
 *
 * @param streamNumber with {@code gap.first} it tells the gap from all others
 *     <p>Immutable.
 */
public record KeptGap(GapRow gap, long rows, long receivedMillis, long streamNumber) {
    /** Where a page after this one begins. */
    public String place() {
        return receivedMillis + "." + streamNumber + "." + gap.first();
    }
}
