package io.fulmar.fleet.rollout;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rollout with its plan, its waves and what happened to it.
 *
 * @param openedMillis when the last wave that is open was opened, or begun again
 * @param goodSinceMillis since when it has been good; null while it is not
 * @param nowMillis when this was read
 * @param toldAfterHalt devices that were told anything new while it did not run; always 0
 *     <p>Immutable.
 */
public record RolloutDetail(
        RolloutRow row,
        Plan plan,
        long openedMillis,
        @Nullable Long goodSinceMillis,
        long nowMillis,
        List<WaveRow> waves,
        List<EventRow> events,
        long toldAfterHalt) {
    public RolloutDetail {
        waves = List.copyOf(waves);
        events = List.copyOf(events);
    }

    /**
     * How a wave is.
     *
     * @param wave from 1
     */
    public record WaveRow(int wave, long total, Map<MemberState, Long> devices, List<GateValue> gates) {
        public WaveRow {
            devices = Map.copyOf(devices);
            gates = List.copyOf(gates);
        }
    }

    /**
     * A change.
     *
     * @param wave the last one that was open then, from 1; 0 before the first
     */
    public record EventRow(
            long revision,
            long atMillis,
            String who,
            RolloutState state,
            int wave,
            long told,
            long takenBack,
            @Nullable String reason) {}
}
