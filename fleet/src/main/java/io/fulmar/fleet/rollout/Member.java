package io.fulmar.fleet.rollout;

import org.jspecify.annotations.Nullable;

/**
 * A device in a rollout.
 *
 * @param wave the first one that it is part of, from 0
 * @param version of the desired state by which it was told last; 0 before that
 * @param sinceMillis when its state changed last
 * @param shadow it was told to run the release beside the active one only
 * @param reason why it is as it is; null where there is nothing to say
 *     <p>Immutable.
 */
public record Member(
        String device,
        int wave,
        MemberState state,
        long version,
        long sinceMillis,
        boolean shadow,
        @Nullable String reason) {
    /** One that was not told anything. */
    public static Member pending(String device, int wave, long nowMillis) {
        return new Member(device, wave, MemberState.PENDING, 0, nowMillis, false, null);
    }

    Member with(MemberState other, @Nullable String why, long nowMillis) {
        return new Member(device, wave, other, version, nowMillis, shadow, why);
    }

    /** Whether it was told, and what became of that is not settled by having gone back. */
    boolean isTouched() {
        return switch (state) {
            case ASSIGNED, ACTIVE, FAILED, TIMED_OUT -> true;
            case PENDING, RETURNED, SKIPPED -> false;
        };
    }
}
