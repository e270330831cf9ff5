package io.fulmar.fleet.sink;

import org.jspecify.annotations.Nullable;

/**
 * How far stored records are sent on.
 *
 * @param fault why this service cannot send; null when it can, or another one does it
 * @param waitingRows of the whole fleet, how many are stored and not sent; -1 while that is not known
 * @param droppedRows of the whole fleet, how many were too old to be kept before they were sent; -1 likewise
 * @param sentRows by this service since its start, repeats included
 * @param failures of this service since its start
 *     <p>Immutable.
 */
public record SinkStatus(@Nullable String fault, long waitingRows, long droppedRows, long sentRows, long failures) {
    static final SinkStatus STARTING = new SinkStatus(null, -1, -1, 0, 0);

    /** Whether it goes on. */
    public boolean working() {
        return fault == null;
    }

    SinkStatus counted(long waiting, long dropped) {
        return new SinkStatus(fault, waiting, dropped, sentRows, failures);
    }

    SinkStatus sent(int rows) {
        return new SinkStatus(null, waitingRows, droppedRows, sentRows + rows, failures);
    }

    SinkStatus failed(String why) {
        return new SinkStatus(why, waitingRows, droppedRows, sentRows, failures + 1);
    }
}
