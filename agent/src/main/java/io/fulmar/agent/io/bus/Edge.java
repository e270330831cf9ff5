package io.fulmar.agent.io.bus;

/**
 * A line has changed.
 *
 * @param level what it is since then
 * @param nanos when that was, on the clock of {@link System#nanoTime}
 *     <p>Immutable.
 */
public record Edge(Level level, long nanos) {}
