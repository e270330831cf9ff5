package io.fulmar.agent.api;

import java.time.Duration;

/** Limits and patience of the local interface. Immutable. */
final class Limits {
    /** A port that was taken, and a file that could not be written, are tried again after this time. */
    static final Duration TRY_AGAIN = Duration.ofSeconds(30);

    /** How often to look whether the configuration still has the models that are served. */
    static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    /** Pages that may watch at a time. */
    static final int WATCHERS = 4;

    /** How long one watches before it asks again: less than an answer may take. */
    static final Duration WATCH = Duration.ofSeconds(60);

    /** How often what is watched is looked at. */
    static final Duration WATCH_EVERY = Duration.ofMillis(500);

    private Limits() {}
}
