package io.fulmar.agent.run;

/** What came of asking a pipeline's thread for something. Immutable. */
public sealed interface Asked<T> {
    /** It is done. */
    record Done<T>(T value) implements Asked<T> {}

    /** The pipeline had no time for it, or there is none: it is withdrawn and will not happen. */
    record NotBegun<T>() implements Asked<T> {}

    /** The pipeline began and did not come to an end in time; it may still. */
    record NotEnded<T>() implements Asked<T> {}
}
