package io.fulmar.fleet.rollout;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rollout in short.
 *
 * @param release that is rolled out; null where it is a configuration
 * @param wave the last one that is open, from 1; 0 before the first
 * @param waves how many there are
 * @param devices how many are how; without those of which there are none
 *     <p>Immutable.
 */
public record RolloutRow(
        String id,
        long number,
        String name,
        String subject,
        Plan.@Nullable Release release,
        RolloutState state,
        @Nullable String reason,
        int wave,
        int waves,
        long createdMillis,
        String createdBy,
        long changedMillis,
        Map<MemberState, Long> devices) {
    public RolloutRow {
        devices = Map.copyOf(devices);
    }

    /** Of those, how many there are. */
    public long count(MemberState state) {
        return devices.getOrDefault(state, 0L);
    }
}
