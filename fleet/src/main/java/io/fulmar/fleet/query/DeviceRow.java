package io.fulmar.fleet.query;

import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device as the registry knows it. Times are milliseconds since 1970 by the fleet's clock.
 *
 * @param firstSeenMillis null for one that was enrolled and never heard of
 * @param lastSeenMillis likewise
 * @param enrolledMillis null for one that was never enrolled
 * @param status the last status document of the device, JSON
 * @param conditions what was wrong with the device when it said so
 * @param refused messages of this device that could not be read
 *     <p>Immutable.
 */
public record DeviceRow(
        String device,
        boolean online,
        @Nullable Long firstSeenMillis,
        @Nullable Long lastSeenMillis,
        @Nullable Long enrolledMillis,
        @Nullable String agentVersion,
        @Nullable Long lastHelloMillis,
        @Nullable String status,
        List<Status.Condition> conditions,
        long refused) {
    public DeviceRow {
        conditions = List.copyOf(conditions);
    }

    /** How it is, in a word. */
    public String state() {
        return lastSeenMillis == null ? "never seen" : online ? "online" : "offline";
    }

    /** Rows that it had recorded and not handed over when it last said so. */
    public long buffered() {
        try {
            return status == null
                    ? 0
                    : Wire.decodeStatus(status.getBytes(StandardCharsets.UTF_8)).streams().stream()
                            .mapToLong(Status.StreamCounts::buffered)
                            .sum();
        } catch (WireException e) {
            return 0; // of a version whose statuses are no longer read
        }
    }
}
