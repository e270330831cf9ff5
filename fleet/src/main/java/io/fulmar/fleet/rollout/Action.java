package io.fulmar.fleet.rollout;

/** What somebody can ask of a rollout. Immutable. */
public sealed interface Action {
    /** Tell nobody further for now. */
    record Pause() implements Action {}

    /**
     * Go on, after a pause or a halt.
     *
     * @param accept after a halt: leave out who failed, and judge the waves so far no more; else who failed is told again
     */
    record Resume(boolean accept) implements Action {}

    /** Go on with the next wave. */
    record Approve() implements Action {}

    /** End it; who was told goes on with it. */
    record Abort() implements Action {}

    /** Tell everybody who was told to have again what they had before. */
    record RollBack() implements Action {}

    /** End it, as a newer one takes its devices. */
    record Supersede(String by) implements Action {}
}
