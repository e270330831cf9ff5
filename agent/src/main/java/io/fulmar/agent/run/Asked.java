package io.fulmar.agent.run;

/** What came of asking another thread for something. Immutable. */
public sealed interface Asked<T> {
    /** It is done. */
    record Done<T>(T value) implements Asked<T> {}

    /** It had no time for it, or there is none: it is withdrawn and will not happen. */
    record NotBegun<T>() implements Asked<T> {}

    /** It began and did not come to an end in time; it may still. */
    record NotEnded<T>() implements Asked<T> {}
}
