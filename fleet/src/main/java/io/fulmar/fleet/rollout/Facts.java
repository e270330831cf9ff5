package io.fulmar.fleet.rollout;

import io.fulmar.sync.wire.Reported;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the devices of a rollout at one time.
 *
 * @param devices by their names; who is missing was never heard of
 * @param shares what the devices of each wave have predicted with the release
 * @param withdrawn why nobody is to get the release any more; null where that is not so
 *     <p>Immutable.
 */
public record Facts(
        Map<String, Device> devices,
        Map<Integer, Shares> shares,
        @Nullable String withdrawn) {
    public Facts {
        devices = Map.copyOf(devices);
        shares = Map.copyOf(shares);
    }

    Device of(String device) {
        return devices.getOrDefault(device, Device.UNHEARD);
    }

    Shares shares(int wave) {
        return shares.getOrDefault(wave, Shares.NONE);
    }

    /**
     * What one device is and says.
     *
     * @param seenVersion the highest version of a desired state that it has seen
     * @param progress how far it is with what it was told last
     * @param reason why it turned it down
     * @param elsewhere somebody has told it something else since
     * @param numbers what it measured of the release
     */
    public record Device(
            boolean online,
            long seenVersion,
            Progress progress,
            @Nullable String reason,
            boolean elsewhere,
            Reported.@Nullable Numbers numbers) {
        /** Of whom nothing is known. */
        public static final Device UNHEARD = new Device(false, 0, Progress.NONE, null, false, null);
    }

    /** How far a device is with what it was told last. */
    public enum Progress {
        /** It says nothing of it. */
        NONE,
        ON_THE_WAY,
        /** It has run beside the active one for as long as it was to. */
        WATCHED,
        ACTIVE,
        FAILED
    }

    /**
     * What came of the release from the devices of a wave.
     *
     * @param labelShift of its labels against the reference; null where that is not known
     * @param confidenceShift of its scores against the reference; null where that is not known
     */
    public record Shares(
            long predictions,
            @Nullable Double labelShift,
            @Nullable Double confidenceShift) {
        /** Nothing came. */
        public static final Shares NONE = new Shares(0, null, null);
    }
}
