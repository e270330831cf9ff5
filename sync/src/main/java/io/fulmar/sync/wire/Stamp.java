package io.fulmar.sync.wire;

/**
 * When a record was made, told so that a wrong clock can be corrected later. Immutable.
 *
 * @param wallMillis the wall clock as the device believed it, since 1970
 * @param uptimeMillis the monotonic clock since the agent started
 * @param boot how often the store had been opened, which tells the uptimes of two runs apart
 * @param offsetMillis what must be added to the wall clock to get the time, as the device knew by then; 0 when it knew of
 *     no difference
 */
public record Stamp(long wallMillis, long uptimeMillis, int boot, long offsetMillis) {
    /** Of a device that knows of no difference between its wall clock and the time. */
    public Stamp(long wallMillis, long uptimeMillis, int boot) {
        this(wallMillis, uptimeMillis, boot, 0);
    }
}
