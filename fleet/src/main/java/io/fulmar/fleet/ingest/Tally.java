package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.sync.wire.Stamp;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts predictions by hour, label and confidence: those of one transaction are added up, and written with it in one order,
 * so that two services do not wait for each other. Owned by the ingest thread.
 */
final class Tally implements AutoCloseable {
    /** Stands for all labels beyond the first {@link Limits#LABELS_COUNTED}. */
    static final String OTHERS = "…";

    private static final long HOUR = 3_600_000;
    private static final int BUCKETS = 20;

    private final PreparedStatement labels;
    private final PreparedStatement buckets;
    private final PreparedStatement labelTotals;
    private final PreparedStatement bucketTotals;
    private final PreparedStatement known;
    private final int slot;
    private final SortedMap<Of, SortedMap<String, Long>> byLabel = new TreeMap<>();
    private final SortedMap<Of, SortedMap<Integer, Long>> byBucket = new TreeMap<>();
    private final Map<Of, Set<String>> counted = new LinkedHashMap<>();

    /** What is counted together. */
    private record Of(String device, String model, String version, long hour) implements Comparable<Of> {
        private static final Comparator<Of> ORDER = Comparator.comparing(Of::device)
                .thenComparing(Of::model)
                .thenComparing(Of::version)
                .thenComparingLong(Of::hour);

        @Override
        public int compareTo(Of other) {
            return ORDER.compare(this, other);
        }
    }

    /** What is counted together of all devices. */
    private record OfAll(String model, String version, long hour) implements Comparable<OfAll> {
        private static final Comparator<OfAll> ORDER =
                Comparator.comparing(OfAll::model).thenComparing(OfAll::version).thenComparingLong(OfAll::hour);

        static OfAll of(Of of) {
            return new OfAll(of.model(), of.version(), of.hour());
        }

        @Override
        public int compareTo(OfAll other) {
            return ORDER.compare(this, other);
        }
    }

    /** @param slot where this service adds up what it counts of all devices, so that no other waits for it */
    Tally(Session session, int slot) throws SQLException {
        this.slot = slot;
        labels = session.prepare("""
                INSERT INTO prediction_count (device, model, version, hour, label, count) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (device, model, version, hour, label) DO UPDATE SET
                    count = prediction_count.count + excluded.count""");
        buckets = session.prepare("""
                INSERT INTO confidence_count (device, model, version, hour, bucket, count) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (device, model, version, hour, bucket) DO UPDATE SET
                    count = confidence_count.count + excluded.count""");
        labelTotals = session.prepare("""
                INSERT INTO prediction_total (model, version, hour, label, slot, count) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (model, version, hour, label, slot) DO UPDATE SET
                    count = prediction_total.count + excluded.count""");
        bucketTotals = session.prepare("""
                INSERT INTO confidence_total (model, version, hour, bucket, slot, count) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (model, version, hour, bucket, slot) DO UPDATE SET
                    count = confidence_total.count + excluded.count""");
        known = session.prepare(
                "SELECT label FROM prediction_count WHERE device = ? AND model = ? AND version = ? AND hour = ?");
    }

    /** A transaction begins. */
    void begin() throws SQLException {
        byLabel.clear();
        byBucket.clear();
        labels.clearBatch();
        buckets.clearBatch();
        labelTotals.clearBatch();
        bucketTotals.clearBatch();
    }

    /** Counts a record, if it is a prediction. */
    void count(String device, RecordColumns columns, long receivedMillis) {
        Stamp at = columns.at();
        if (at == null || !columns.prediction()) {
            return;
        }
        long time = at.wallMillis() + at.offsetMillis();
        boolean plausible = time > receivedMillis - Limits.COUNTED_PAST.toMillis()
                && time < receivedMillis + Limits.COUNTED_FUTURE.toMillis();
        long hour = Math.floorDiv(plausible ? time : receivedMillis, HOUR) * HOUR;
        var of = new Of(device, name(columns.model()), name(columns.version()), hour);
        byLabel.computeIfAbsent(of, any -> new TreeMap<>()).merge(name(columns.label()), 1L, Long::sum);
        Double score = columns.score();
        if (score != null) {
            int bucket = Math.clamp((long) Math.floor(score.floatValue() * BUCKETS), 0, BUCKETS - 1);
            byBucket.computeIfAbsent(of, any -> new TreeMap<>()).merge(bucket, 1L, Long::sum);
        }
    }

    private static String name(@Nullable String text) {
        String name = Objects.requireNonNullElse(Text.storable(text), "");
        return name.length() <= Limits.COUNTED_CHARS
                ? name
                : name.substring(0, name.offsetByCodePoints(0, name.codePointCount(0, Limits.COUNTED_CHARS)));
    }

    /** Writes what was counted since the transaction began. */
    void write() throws SQLException {
        SortedMap<OfAll, SortedMap<String, Long>> allByLabel = new TreeMap<>();
        SortedMap<OfAll, SortedMap<Integer, Long>> allByBucket = new TreeMap<>();
        for (Map.Entry<Of, SortedMap<String, Long>> entry : byLabel.entrySet()) {
            for (Map.Entry<String, Long> count :
                    bounded(entry.getKey(), entry.getValue()).entrySet()) {
                set(labels, entry.getKey());
                labels.setString(5, count.getKey());
                labels.setLong(6, count.getValue());
                labels.addBatch();
                add(allByLabel, entry.getKey(), count);
            }
        }
        for (Map.Entry<Of, SortedMap<Integer, Long>> entry : byBucket.entrySet()) {
            for (Map.Entry<Integer, Long> count : entry.getValue().entrySet()) {
                set(buckets, entry.getKey());
                buckets.setInt(5, count.getKey());
                buckets.setLong(6, count.getValue());
                buckets.addBatch();
                add(allByBucket, entry.getKey(), count);
            }
        }
        for (Map.Entry<OfAll, SortedMap<String, Long>> entry : allByLabel.entrySet()) {
            for (Map.Entry<String, Long> count : entry.getValue().entrySet()) {
                set(labelTotals, entry.getKey(), count.getValue());
                labelTotals.setString(4, count.getKey());
                labelTotals.addBatch();
            }
        }
        for (Map.Entry<OfAll, SortedMap<Integer, Long>> entry : allByBucket.entrySet()) {
            for (Map.Entry<Integer, Long> count : entry.getValue().entrySet()) {
                set(bucketTotals, entry.getKey(), count.getValue());
                bucketTotals.setInt(4, count.getKey());
                bucketTotals.addBatch();
            }
        }
        if (!byLabel.isEmpty()) {
            labels.executeBatch();
            labelTotals.executeBatch();
        }
        if (!byBucket.isEmpty()) {
            buckets.executeBatch();
            bucketTotals.executeBatch();
        }
    }

    private static <T extends Comparable<T>> void add(
            SortedMap<OfAll, SortedMap<T, Long>> all, Of of, Map.Entry<T, Long> count) {
        all.computeIfAbsent(OfAll.of(of), any -> new TreeMap<>()).merge(count.getKey(), count.getValue(), Long::sum);
    }

    private void set(PreparedStatement statement, OfAll of, long count) throws SQLException {
        statement.setString(1, of.model());
        statement.setString(2, of.version());
        statement.setLong(3, of.hour());
        statement.setInt(5, slot);
        statement.setLong(6, count);
    }

    private static void set(PreparedStatement statement, Of of) throws SQLException {
        statement.setString(1, of.device());
        statement.setString(2, of.model());
        statement.setString(3, of.version());
        statement.setLong(4, of.hour());
    }

    /** A model that says something else each time does not fill the database. */
    private SortedMap<String, Long> bounded(Of of, SortedMap<String, Long> counts) throws SQLException {
        Set<String> there = counted(of);
        SortedMap<String, Long> bounded = new TreeMap<>();
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            boolean own = there.contains(count.getKey()) || there.size() < Limits.LABELS_COUNTED;
            String label = own ? count.getKey() : OTHERS;
            there.add(label);
            bounded.merge(label, count.getValue(), Long::sum);
        }
        return bounded;
    }

    private Set<String> counted(Of of) throws SQLException {
        Set<String> there = counted.remove(of);
        if (there == null) {
            there = new HashSet<>();
            set(known, of);
            try (ResultSet row = known.executeQuery()) {
                while (row.next()) {
                    there.add(row.getString(1));
                }
            }
            if (counted.size() >= Limits.LABELS_REMEMBERED) {
                counted.remove(counted.keySet().iterator().next());
            }
        }
        counted.put(of, there); // the one that was asked for last is forgotten last
        return there;
    }

    @Override
    public void close() throws SQLException {
        labels.close();
        buckets.close();
        labelTotals.close();
        bucketTotals.close();
        known.close();
    }
}
