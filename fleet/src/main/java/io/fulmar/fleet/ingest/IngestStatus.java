package io.fulmar.fleet.ingest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the ingest did since it was started, and how it is.
 *
 * @param connected to the broker
 * @param storing the database works
 * @param fault the last thing that went wrong and still is; null when all is well
 * @param ahead batches that came before rows that were missing
 * @param refused messages that could not be read
 * @param revoked messages of devices that were revoked
 * @param turnedAway messages of devices that were never enrolled, where only enrolled ones are taken
 * @param strangers these devices, the newest
 *     <p>Immutable.
 */
public record IngestStatus(
        boolean connected,
        boolean storing,
        @Nullable String fault,
        long batches,
        long rows,
        long duplicates,
        long ahead,
        long conflicts,
        long refused,
        long revoked,
        long turnedAway,
        long databaseErrors,
        List<Stranger> strangers) {
    static final IngestStatus STARTING = new IngestStatus(false, false, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

    public IngestStatus {
        strangers = List.copyOf(strangers);
    }

    public boolean healthy() {
        return connected && storing;
    }
}
