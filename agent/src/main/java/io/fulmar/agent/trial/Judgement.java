package io.fulmar.agent.trial;

import io.fulmar.sync.wire.Reported;

/** What is to become of a release on trial. Immutable. */
public sealed interface Judgement {
    /** What was measured of it so far. */
    Reported.Numbers numbers();

    /** It has to show more. */
    record GoesOn(Reported.Numbers numbers) implements Judgement {}

    /** It has proved itself. */
    record Passed(Reported.Numbers numbers) implements Judgement {}

    /**
     * It does not do.
     *
     * @param reason {@code errors}, {@code too-slow}, {@code label-shift}, {@code hung} or {@code no-frames}
     */
    record Failed(String reason, String text, Reported.Numbers numbers) implements Judgement {}
}
