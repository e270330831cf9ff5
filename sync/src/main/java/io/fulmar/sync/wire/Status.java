package io.fulmar.sync.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a device is; retained by the broker, and its last will when the connection breaks. Immutable.
 *
 * @param online false in the last will and at a clean stop
 * @param reason why it is offline; null while online
 * @param wallMillis the device's wall clock when it said so
 * @param faults what is wrong now, each one line for the operator
 * @param storeBytes what the store takes on disk, of at most {@code storeQuotaBytes}
 */
public record Status(
        boolean online,
        @Nullable String reason,
        String agentVersion,
        int boot,
        long wallMillis,
        long uptimeMillis,
        Health health,
        List<String> faults,
        List<ModelRef> models,
        List<StreamCounts> streams,
        long storeBytes,
        long storeQuotaBytes)
        implements UplinkMessage {
    public Status {
        faults = List.copyOf(faults);
        models = List.copyOf(models);
        streams = List.copyOf(streams);
    }

    /** Whether the device does its work. */
    public enum Health {
        HEALTHY,
        /** It works, but something that its operator should look at is wrong. */
        DEGRADED,
        /** It does not do what it is there for. */
        FAILED
    }

    /** The conservation counters of one stream: recorded is always the sum of the rest but refused. */
    public record StreamCounts(
            Stream stream,
            long recorded,
            long acknowledged,
            long buffered,
            long evicted,
            long quarantined,
            long refused) {}
}
