package io.fulmar.fleet.rollout;

import java.util.Locale;

/** How a device is in a rollout. */
public enum MemberState {
    /** It was not told yet, or what it was told was taken back before it had seen it. */
    PENDING,
    /** It was told. */
    ASSIGNED,
    /** It runs what it was told to. */
    ACTIVE,
    /** It turned it down. */
    FAILED,
    /** It was told, and has said nothing in time. */
    TIMED_OUT,
    /** It was told to return to what it had before. */
    RETURNED,
    /** It does not take part any more. */
    SKIPPED;

    /** As it is stored and shown. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static MemberState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
