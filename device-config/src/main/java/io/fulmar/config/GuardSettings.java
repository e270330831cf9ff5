package io.fulmar.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What keeps an output from being moved too often or at the wrong time.
 *
 * @param minDwell how long it stays at least once it was moved
 * @param maxMoves how often it is moved within a minute at most
 * @param stale it goes to its safe level when nobody who moves it has decided anything for so long
 * @param interlock the input or output that keeps it at its safe level; null for none
 * @param interlockHigh at which level of that
 *     <p>Immutable.
 */
public record GuardSettings(
        Duration minDwell,
        int maxMoves,
        Duration stale,
        @Nullable String interlock,
        boolean interlockHigh) {}
