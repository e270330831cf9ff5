package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Dialect;
import io.fulmar.fleet.database.Partitions;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.sample.SampleStore;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops records that were received too long ago, a few at a time, or in PostgreSQL a whole day at once. How far each stream
 * is stored stays, so a device is not asked for them again, and so do the counts. Owned by the ingest thread.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final Session session;
    private final Partitions partitions;
    private final Duration keep;
    private final long samplesBytes;
    private boolean looked;
    private boolean jumped;
    private long beginNanos;
    private long beginMillis;
    private long dueNanos;

    /**
     * @param keep how long records are kept
     * @param samplesBytes what all samples together may have
     */
    Retention(Session session, Duration keep, long samplesBytes) {
        this.session = session;
        this.partitions = new Partitions(session);
        this.keep = keep;
        this.samplesBytes = samplesBytes;
    }

    /** Does a part of it, if it is time. Returns how many rows or days were dropped. */
    int work(long nowNanos, long nowMillis) {
        if (looked && nowNanos - dueNanos < 0) {
            return 0;
        }
        if (!looked) {
            looked = true;
            beginNanos = nowNanos;
            beginMillis = nowMillis;
        }
        Duration moved = Duration.ofMillis(nowMillis - beginMillis).minusNanos(nowNanos - beginNanos);
        if (moved.abs().compareTo(Limits.RETENTION_CLOCK) > 0) {
            if (!jumped) {
                LOG.warn(
                        "this host's clock has moved by {}: nothing is dropped until the service is started again",
                        moved);
                jumped = true;
            }
            dueNanos = nowNanos + Limits.RETENTION_CHECK.toNanos();
            return 0;
        }
        int days = partitions.dropBefore(nowMillis - keep.toMillis());
        if (days > 0) {
            LOG.info("dropped the records of {} days that were received more than {} ago", days, keep);
        }
        int rows = session.transaction("what is kept no longer", in -> {
            int records = session.dialect() == Dialect.SQLITE ? dropRecords(nowMillis - keep.toMillis()) : 0;
            long hour = nowMillis - Limits.COUNTS_KEPT_FOR.toMillis();
            return records
                    + SampleStore.keep(in, samplesBytes, Limits.RETENTION_SAMPLES)
                    + dropCounts("prediction_count", "device, model, version, hour, label", hour)
                    + dropCounts("confidence_count", "device, model, version, hour, bucket", hour)
                    + dropCounts("prediction_total", "model, version, hour, label, slot", hour)
                    + dropCounts("confidence_total", "model, version, hour, bucket, slot", hour);
        });
        Duration pause = rows > 0 ? Limits.RETENTION_PAUSE : Limits.RETENTION_CHECK;
        dueNanos = nowNanos + pause.toNanos();
        return days + rows;
    }

    /** The oldest have the lowest numbers, so no index of times is needed. */
    private int dropRecords(long before) throws SQLException {
        try (PreparedStatement statement =
                session.prepare("DELETE FROM record WHERE id IN (SELECT id FROM (SELECT id, received"
                        + " FROM record ORDER BY id LIMIT " + Limits.RETENTION_ROWS + ") oldest WHERE received < ?)")) {
            statement.setLong(1, before);
            return statement.executeUpdate();
        }
    }

    private int dropCounts(String table, String columns, long before) throws SQLException {
        try (PreparedStatement statement =
                session.prepare("DELETE FROM " + table + " WHERE (" + columns + ") IN (SELECT " + columns + " FROM "
                        + table + " WHERE hour < ? LIMIT " + Limits.RETENTION_ROWS + ")")) {
            statement.setLong(1, before);
            return statement.executeUpdate();
        }
    }
}
