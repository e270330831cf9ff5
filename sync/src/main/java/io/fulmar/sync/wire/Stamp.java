package io.fulmar.sync.wire;

/**
 * When a record was made, told so that a wrong clock can be corrected later. Immutable.
 *
 * @param wallMillis the wall clock as the device believed it, since 1970
 * @param uptimeMillis the monotonic clock since the agent started
 * @param boot how often the store had been opened, which tells the uptimes of two runs apart
 */
public record Stamp(long wallMillis, long uptimeMillis, int boot) {}
