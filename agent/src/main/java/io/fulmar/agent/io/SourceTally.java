package io.fulmar.agent.io;

/**
 * What became of what a source got from outside.
 *
 * @param dropped frames that came and gave way to newer ones
 * @param refused what could not be used, such as files that are damaged
 * @param restarts how often it had to begin anew, such as a command that ended
 *     <p>Immutable.
 */
public record SourceTally(long dropped, long refused, long restarts) {
    /** Of a source that makes its frames itself. */
    public static final SourceTally NOTHING = new SourceTally(0, 0, 0);
}
