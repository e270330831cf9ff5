package io.fulmar.fleet.rollout;

import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.Shift;
import io.fulmar.model.pack.ModelManifest;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * What the devices of each wave have predicted with the release since the rollout was made, as the ingest has counted it,
 * against what the release said of the data that it was tested on. Owned by one thread.
 */
final class CountedShares implements ShareReader {
    private static final long HOUR_MILLIS = 3_600_000;

    private final PublishedReleases releases;

    CountedShares(PublishedReleases releases) {
        this.releases = releases;
    }

    @Override
    public Map<Integer, Facts.Shares> read(Session session, Rollout rollout) throws SQLException {
        if (!(rollout.plan().change() instanceof Plan.Release release)
                || rollout.plan().gates().isNone()) {
            return Map.of();
        }
        Map<Integer, Map<String, Long>> labels = labels(session, rollout, release);
        Map<Integer, Map<Integer, Long>> scores = scores(session, rollout, release);
        ModelManifest.Reference reference = releases.reference(release.manifest());
        Map<Integer, Facts.Shares> shares = new HashMap<>();
        labels.forEach((wave, counts) -> shares.put(
                wave,
                new Facts.Shares(
                        counts.values().stream().mapToLong(Long::longValue).sum(),
                        reference == null ? null : Shift.ofLabels(reference.labels(), counts),
                        reference == null || !scores.containsKey(wave)
                                ? null
                                : Shift.ofConfidence(reference.confidence(), scores.getOrDefault(wave, Map.of())))));
        return shares;
    }

    private static Map<Integer, Map<String, Long>> labels(Session session, Rollout rollout, Plan.Release release)
            throws SQLException {
        Map<Integer, Map<String, Long>> labels = new HashMap<>();
        try (PreparedStatement query = query(session, "label", "prediction_count", rollout, release);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                labels.computeIfAbsent(row.getInt(1), wave -> new HashMap<>()).put(row.getString(2), row.getLong(3));
            }
        }
        return labels;
    }

    private static Map<Integer, Map<Integer, Long>> scores(Session session, Rollout rollout, Plan.Release release)
            throws SQLException {
        Map<Integer, Map<Integer, Long>> scores = new HashMap<>();
        try (PreparedStatement query = query(session, "bucket", "confidence_count", rollout, release);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                scores.computeIfAbsent(row.getInt(1), wave -> new HashMap<>()).put(row.getInt(2), row.getLong(3));
            }
        }
        return scores;
    }

    private static PreparedStatement query(
            Session session, String by, String table, Rollout rollout, Plan.Release release) throws SQLException {
        PreparedStatement query =
                session.prepare("SELECT m.wave, c." + by + ", sum(c.count) FROM rollout_device m JOIN "
                        + table + " c ON c.device = m.device WHERE m.rollout = ? AND m.wave <= ? AND m.state = 'active'"
                        + " AND c.model = ? AND c.version = ? AND c.hour >= ? GROUP BY m.wave, c." + by);
        query.setString(1, rollout.id());
        query.setInt(2, rollout.wave());
        query.setString(3, release.model());
        query.setString(4, release.version());
        query.setLong(5, Math.floorDiv(rollout.createdMillis(), HOUR_MILLIS) * HOUR_MILLIS);
        return query;
    }
}
