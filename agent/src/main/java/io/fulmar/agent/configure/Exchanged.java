package io.fulmar.agent.configure;

import java.time.Duration;

/** What came of exchanging a model. Immutable. */
public sealed interface Exchanged {
    /**
     * All pipelines of the model run the other one, or none does any more where it was to be nothing.
     *
     * @param took until the last of them had it
     * @param framesDropped frames of their sources between the last of the one and the first of the other
     */
    record Done(Duration took, long framesDropped) implements Exchanged {}

    /**
     * Nothing has changed, unless the reason says where that could not be undone.
     *
     * @param forNow whether it may go well another time
     */
    record Refused(String reason, boolean forNow) implements Exchanged {}
}
