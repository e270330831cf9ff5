package io.fulmar.agent.io;

/**
 * What became of what a source got from outside.
 *
 * @param dropped frames that came and gave way to newer ones, or found no room
 * @param refused what could not be used, such as files that are damaged
 * @param restarts how often it had to begin anew: a command that ended, a sensor that failed, a connection that was lost
 * @param stale whether nothing has come for longer than it may be silent
 *     <p>Immutable.
 */
public record SourceTally(long dropped, long refused, long restarts, boolean stale) {
    /** Of a source that makes its frames itself. */
    public static final SourceTally NOTHING = new SourceTally(0, 0, 0, false);

    /** The sums with those of an earlier source. */
    public SourceTally after(SourceTally before) {
        return new SourceTally(dropped + before.dropped, refused + before.refused, restarts + before.restarts, stale);
    }
}
