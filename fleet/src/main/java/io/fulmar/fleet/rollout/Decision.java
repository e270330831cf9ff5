package io.fulmar.fleet.rollout;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a rollout goes on: all of it is stored at once, or nothing.
 *
 * @param wave the last one that is open; -1 before the first
 * @param waveOpenedMillis when it was opened, or begun again
 * @param goodSinceMillis since when it has been good; 0 while it is not
 * @param accepted waves up to this one are not judged any more; -1 for none
 * @param reason why it stands still or ended; null where it does not
 * @param endsPending who was not told takes no part any more
 * @param more there is more of the same to do at once
 *     <p>Immutable.
 */
public record Decision(
        RolloutState state,
        int wave,
        long waveOpenedMillis,
        long goodSinceMillis,
        int accepted,
        @Nullable String reason,
        List<Step> steps,
        boolean endsPending,
        List<GateValue> gates,
        boolean more)
        implements Answer {
    public Decision {
        steps = List.copyOf(steps);
        gates = List.copyOf(gates);
        if (state != RolloutState.RUNNING && steps.stream().anyMatch(step -> step instanceof Step.Tell)) {
            throw new IllegalArgumentException("only a running rollout tells devices anything new");
        }
    }
}
