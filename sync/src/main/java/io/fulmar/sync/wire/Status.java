package io.fulmar.sync.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a device is; retained by the broker, and its last will when the connection breaks. Immutable.
 *
 * @param online false in the last will and at a clean stop
 * @param reason why it is offline; null while online
 * @param wallMillis the device's wall clock when it said so
 * @param conditions what is wrong now
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
        List<Condition> conditions,
        List<ModelRef> models,
        List<StreamCounts> streams,
        long storeBytes,
        long storeQuotaBytes)
        implements UplinkMessage {
    public Status {
        conditions = List.copyOf(conditions);
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

    /**
     * One thing that is wrong.
     *
     * @param name one of a fixed set, for programs: {@code disk-full}
     * @param reason what exactly is wrong, one line
     * @param hint what the operator can do, one line
     * @param sinceMillis since when, by the device's best knowledge of the time
     */
    public record Condition(String name, String reason, String hint, long sinceMillis) {}

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
