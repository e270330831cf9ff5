package io.fulmar.fleet.query;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fleet's database, whether or not a service is writing to it. Owned by one thread at a time.
 */
public final class FleetQueries implements AutoCloseable {
    private static final String PREDICTION = """
            SELECT %s, id
            FROM prediction
            """.formatted(PredictionColumns.NAMES);

    private static final String DEVICE = """
            SELECT id, online, first_seen, last_seen, agent_version, last_hello, status, refused, shared, revoked, enrolled
            FROM device LEFT JOIN identity ON identity.device = device.id
            """;

    /** The same of those that were enrolled and never heard of. */
    private static final String NEVER_SEEN = """
            SELECT device, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL, revoked, enrolled
            FROM identity WHERE NOT EXISTS (SELECT 1 FROM device WHERE device.id = identity.device)
            """;

    private final Session session;

    private FleetQueries(Session session) {
        this.session = session;
    }

    /** Opens that of the fleet with this data directory; a {@link io.fulmar.fleet.base.FleetException} says why it cannot. */
    public static FleetQueries open(Path dataDir) {
        return open(Database.in(dataDir));
    }

    /** Opens a database; a {@link io.fulmar.fleet.base.FleetException} says why it cannot. */
    public static FleetQueries open(Database database) {
        return new FleetQueries(database.openReader());
    }

    /** Devices by name, at most {@link Limits#QUERY_ROWS}. */
    public List<DeviceRow> devices() {
        return devices(null, null, null, Limits.QUERY_ROWS);
    }

    /**
     * Some devices by name.
     *
     * @param after only those after this name; null for the first ones
     * @param part only those with this in their name; null for all
     * @param presence only those that are so; null for all
     */
    public List<DeviceRow> devices(
            @Nullable String after, @Nullable String part, @Nullable Presence presence, int limit) {
        String from = after == null ? "" : after;
        String like = part == null ? "%" : "%" + part.replaceAll("([!%_])", "!$1") + "%";
        List<String> parts = new ArrayList<>();
        List<String> arguments = new ArrayList<>();
        if (presence != Presence.NEVER_SEEN) {
            String only = presence == null ? "" : " AND online = " + (presence == Presence.ONLINE ? 1 : 0);
            parts.add(DEVICE + "WHERE id > ? AND id LIKE ? ESCAPE '!'" + only);
            arguments.addAll(List.of(from, like));
        }
        if (presence == null || presence == Presence.NEVER_SEEN) {
            parts.add(NEVER_SEEN + "AND device > ? AND device LIKE ? ESCAPE '!'");
            arguments.addAll(List.of(from, like));
        }
        return list(
                String.join(" UNION ALL ", parts) + " ORDER BY 1 LIMIT " + Math.clamp(limit, 0, Limits.QUERY_ROWS),
                FleetQueries::device,
                arguments.toArray(String[]::new));
    }

    /** Whether a device is there. */
    public enum Presence {
        ONLINE,
        /** It was heard of, and is not online. */
        OFFLINE,
        /** It was enrolled, and never heard of. */
        NEVER_SEEN
    }

    /** Hands over every device, however many there are. */
    public void forEachDevice(Consumer<DeviceRow> consumer) {
        session.scan(DEVICE + " UNION ALL " + NEVER_SEEN, row -> consumer.accept(device(row)));
    }

    /** The device with that name; null if it was never heard of or enrolled. */
    public @Nullable DeviceRow device(String id) {
        List<DeviceRow> found =
                list(DEVICE + "WHERE id = ? UNION ALL " + NEVER_SEEN + "AND device = ?", FleetQueries::device, id, id);
        return found.isEmpty() ? null : found.getFirst();
    }

    private static DeviceRow device(ResultSet row) throws SQLException {
        return new DeviceRow(
                row.getString(1),
                row.getBoolean(2),
                nullableLong(row, 3),
                nullableLong(row, 4),
                nullableLong(row, 11),
                row.getString(5),
                nullableLong(row, 6),
                row.getString(7),
                conditions(row.getString(7), row.getLong(4), nullableLong(row, 9), nullableLong(row, 10)),
                row.getLong(8));
    }

    /** Streams by device, newest epoch first, at most {@link Limits#QUERY_ROWS}. */
    public List<StreamRow> streams() {
        return streams(null);
    }

    /**
     * What is stored of that stream of every device whose name begins so. Counts all their rows, which takes seconds for
     * millions of them.
     */
    public List<StoredStream> stored(String names, Stream stream) {
        return list(
                """
                SELECT s.device, s.epoch, s.next, s.hash,
                       (SELECT count(*) FROM record r WHERE r.stream = s.id AND r.seq BETWEEN 1 AND s.next - 1)
                FROM stream s WHERE substr(s.device, 1, length(?)) = ? AND s.name = ?""",
                row -> new StoredStream(
                        row.getString(1),
                        Epochs.text(row.getLong(2)),
                        row.getLong(3),
                        ChainHash.of(row.getBytes(4)),
                        row.getLong(5)),
                names,
                names,
                stream.topicName());
    }

    /** The same of that device; null for all. */
    public List<StreamRow> streams(@Nullable String device) {
        return list(
                """
                SELECT device, epoch, name, next, row_count, gap_count, gap_row_count, undecodable, duplicates, conflicts,
                       first_received, last_received
                FROM stream WHERE (? IS NULL OR device = ?)
                ORDER BY device, max(first_received) OVER (PARTITION BY device, epoch) DESC, epoch, name
                LIMIT\s""" + Limits.QUERY_ROWS,
                row -> new StreamRow(
                        row.getString(1),
                        Epochs.text(row.getLong(2)),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getLong(8),
                        row.getLong(9),
                        row.getLong(10),
                        row.getLong(11),
                        row.getLong(12)),
                device,
                device);
    }

    /**
     * The newest records, newest first.
     *
     * @param device only of this device; null for all
     * @param last how many, at most {@link Limits#QUERY_ROWS}
     */
    public List<PredictionRow> predictions(@Nullable String device, int last) {
        int limit = Math.clamp(last, 0, Limits.QUERY_ROWS);
        if (device == null) {
            return numbered(PREDICTION + "ORDER BY id DESC LIMIT " + limit).stream()
                    .map(Numbered::row)
                    .toList();
        }
        // the newest of each of the device's streams: each is one short walk along an index, whatever the table's size
        List<Long> streams = list(
                "SELECT id FROM stream WHERE device = ? ORDER BY last_received DESC LIMIT " + Limits.QUERY_STREAMS,
                row -> row.getLong(1),
                device);
        List<Numbered> all = new ArrayList<>();
        for (long stream : streams) {
            all.addAll(numbered(PREDICTION + "WHERE stream_id = " + stream + " ORDER BY seq DESC LIMIT " + limit));
        }
        return all.stream()
                .sorted(Comparator.comparingLong(Numbered::id).reversed())
                .limit(limit)
                .map(Numbered::row)
                .toList();
    }

    /** How long the time is of which predictions are counted together. */
    public enum Step {
        HOUR(3_600_000),
        /** A day in UTC. */
        DAY(86_400_000),
        /** All of it. */
        WHOLE(Long.MAX_VALUE);

        private final long millis;

        Step(long millis) {
            this.millis = millis;
        }
    }

    /**
     * How many predictions there were of each label, hour by hour.
     *
     * @param device only of this device; null for all of them together
     * @param model only of this model; null for all
     */
    public List<LabelCount> labels(@Nullable String device, @Nullable String model, long fromMillis, long toMillis) {
        return labels(new CountFilter(device, model, null, fromMillis, toMillis), Step.HOUR, 0, Limits.QUERY_ROWS);
    }

    /**
     * The same by hour or by day, in the order of time.
     *
     * @param skip so many of the first
     */
    public List<LabelCount> labels(CountFilter of, Step step, long skip, int limit) {
        return list(
                "SELECT hour - hour % " + step.millis + " AS step, model, version, label, sum(count) FROM "
                        + (of.device() == null ? "prediction_total" : "prediction_count") + where(of)
                        + " GROUP BY hour - hour % " + step.millis + ", model, version, label"
                        + " ORDER BY 1, model, version, label LIMIT "
                        + Math.clamp(limit, 0, Limits.QUERY_ROWS) + " OFFSET " + Math.max(0, skip),
                row -> new LabelCount(
                        row.getLong(1), row.getString(2), row.getString(3), row.getString(4), row.getLong(5)),
                those(of));
    }

    /** How sure the models were: predictions by confidence, in twenty buckets from 0 to 1. */
    public List<ConfidenceCount> confidence(CountFilter of) {
        return list(
                "SELECT model, version, bucket, sum(count) FROM "
                        + (of.device() == null ? "confidence_total" : "confidence_count") + where(of)
                        + " GROUP BY model, version, bucket ORDER BY model, version, bucket LIMIT " + Limits.QUERY_ROWS,
                row -> new ConfidenceCount(row.getString(1), row.getString(2), row.getInt(3), row.getLong(4)),
                those(of));
    }

    /** Names only what is asked for, so that the rows of one device are found by their key. */
    private static String where(CountFilter of) {
        return " WHERE hour >= " + Drift.hour(of.fromMillis()) + " AND hour < " + of.toMillis()
                + (of.device() == null ? "" : " AND device = ?") + (of.model() == null ? "" : " AND model = ?")
                + (of.version() == null ? "" : " AND version = ?");
    }

    private static String[] those(CountFilter of) {
        List<String> those = new ArrayList<>();
        for (String value : new @Nullable String[] {of.device(), of.model(), of.version()}) {
            if (value != null) {
                those.add(value);
            }
        }
        return those.toArray(String[]::new);
    }

    /**
     * By how much what each version of each model says has shifted since that time: against the data that it was tested on,
     * and against the time before.
     *
     * @param device only of this device; null for all of them together
     * @param model only of this model; null for all
     * @param fromMillis where the time before begins
     */
    public List<Drift> drift(
            @Nullable String device,
            @Nullable String model,
            long fromMillis,
            long sinceMillis,
            Drift.References references) {
        var before = new CountFilter(device, model, null, fromMillis, Drift.hour(sinceMillis));
        var since = new CountFilter(device, model, null, sinceMillis, Long.MAX_VALUE);
        return Drift.between(
                labels(before, Step.WHOLE, 0, Limits.QUERY_ROWS),
                confidence(before),
                labels(since, Step.WHOLE, 0, Limits.QUERY_ROWS),
                confidence(since),
                references);
    }

    /**
     * The newest prediction of each device that has made one, by the names of the devices.
     *
     * @param after only those after this name; null for the first ones
     */
    public List<PredictionRow> latest(@Nullable String after, int limit) {
        int most = Math.clamp(limit, 0, Limits.QUERY_ROWS);
        List<PredictionRow> latest = new ArrayList<>();
        String last = after == null ? "" : after;
        List<String> devices;
        do { // a device may have sent something, and no prediction
            devices = list(
                    "SELECT DISTINCT device FROM stream WHERE device > ? AND row_count > 0 AND name <> 'event'"
                            + " ORDER BY device LIMIT " + (most - latest.size()),
                    row -> row.getString(1),
                    last);
            if (!devices.isEmpty()) {
                latest.addAll(latestBetween(devices.getFirst(), devices.getLast()));
                last = devices.getLast();
            }
        } while (!devices.isEmpty() && latest.size() < most);
        return latest;
    }

    /** The newest prediction of a stream is one short walk along an index; each of a device's newest streams has one. */
    private List<PredictionRow> latestBetween(String first, String last) {
        String newest = """
                WITH s AS (SELECT id, device, row_number() OVER (PARTITION BY device ORDER BY last_received DESC) AS place
                           FROM stream WHERE device BETWEEN ? AND ? AND row_count > 0 AND name <> 'event')
                """;
        String each = switch (session.dialect()) {
            case SQLITE -> """
                    FROM (SELECT id, (SELECT seq FROM record WHERE record.stream = s.id AND record.kind = 'prediction'
                                      ORDER BY seq DESC LIMIT 1) AS seq FROM s WHERE place <= %d) n
                         CROSS JOIN prediction p WHERE p.stream_id = n.id AND p.seq = n.seq
                    """; // which keeps SQLite from beginning with the records
            case POSTGRESQL -> """
                    FROM s CROSS JOIN LATERAL (SELECT * FROM prediction WHERE stream_id = s.id AND kind = 'prediction'
                                               ORDER BY seq DESC LIMIT 1) p WHERE s.place <= %d
                    """;
        };
        Map<String, Numbered> latest = new TreeMap<>();
        numbered(newest + """
                        SELECT p.device, p.epoch, p.stream, p.seq, p.kind, p.pipeline, p.model, p.version, p.label, p.score,
                               p.found, p.wall_millis, p.time_millis, p.received, p.id
                        """ + each.formatted(Limits.QUERY_STREAMS), first, last)
                .forEach(row ->
                        latest.merge(row.row().device(), row, (one, other) -> one.id() > other.id() ? one : other));
        return latest.values().stream().map(Numbered::row).toList();
    }

    /**
     * The newest commands, newest first, with their answers.
     *
     * @param device only those to this device or to a group that it is of; null for all
     * @param id only those with this id; null for all
     * @param last how many, at most {@link Limits#QUERY_COMMANDS}
     */
    public List<CommandRow> commands(@Nullable String device, @Nullable String id, int last) {
        return commands(device, id, Long.MAX_VALUE, Math.clamp(last, 0, Limits.QUERY_COMMANDS));
    }

    /**
     * The same, older ones.
     *
     * @param before only those before the one with this {@link CommandRow#number}
     */
    public List<CommandRow> commands(@Nullable String device, @Nullable String id, long before, int limit) {
        List<CommandRow> commands =
                list("""
                SELECT number, id, type, scope = 'group', target, bytes, signed_by, not_before, expires, received, heard
                FROM command
                WHERE (? IS NULL OR scope = 'device' AND target = ?
                       OR scope = 'group' AND target IN (SELECT name FROM device_group WHERE device = ?))
                  AND (? IS NULL OR id = ?)
                  AND number < %d
                ORDER BY number DESC LIMIT %d""".formatted(before, limit), FleetQueries::command, device, device, device, id, id);
        return commands.stream().map(command -> withAnswers(command, device)).toList();
    }

    private static CommandRow command(ResultSet row) throws SQLException {
        return new CommandRow(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getBoolean(4),
                row.getString(5),
                Payload.text(row.getBytes(6)),
                words(row.getString(7)),
                row.getLong(8),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                List.of(),
                List.of());
    }

    private CommandRow withAnswers(CommandRow command, @Nullable String ofDevice) {
        String only = command.group() ? ofDevice : command.target();
        List<CommandRow.Answer> answers = list(
                """
                SELECT device, outcome, reason, result, result_bytes, wall_millis, received FROM command_answer
                WHERE id = ? AND (? IS NULL OR device = ?) ORDER BY device LIMIT\s""" + Limits.QUERY_ROWS,
                row -> new CommandRow.Answer(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getInt(5),
                        row.getLong(6),
                        row.getLong(7)),
                command.id(),
                only,
                only);
        Set<String> waiting = new TreeSet<>(only == null ? members(command.target()) : List.of(only));
        answers.forEach(answer -> waiting.remove(answer.device()));
        return new CommandRow(
                command.number(),
                command.id(),
                command.type(),
                command.group(),
                command.target(),
                command.command(),
                command.signedBy(),
                command.notBeforeMillis(),
                command.expiresMillis(),
                command.receivedMillis(),
                command.heard(),
                answers,
                List.copyOf(waiting));
    }

    /** Whether a device was ever heard of or enrolled. */
    public boolean knows(String device) {
        return !list(
                        "SELECT 1 FROM device WHERE id = ? UNION SELECT 1 FROM identity WHERE device = ?",
                        row -> row.getLong(1),
                        device,
                        device)
                .isEmpty();
    }

    /** The names of all devices that were ever heard of or enrolled. */
    public List<String> names() {
        return list(
                "SELECT id FROM device UNION SELECT device FROM identity ORDER BY 1 LIMIT " + Limits.QUERY_ROWS,
                row -> row.getString(1));
    }

    /** The devices that said in their last hello that they are of this group. */
    public List<String> members(String group) {
        return list(
                "SELECT device FROM device_group WHERE name = ? ORDER BY device LIMIT " + Limits.QUERY_ROWS,
                row -> row.getString(1),
                group);
    }

    /** The groups that this device said in its last hello that it is of. */
    public List<String> groups(String device) {
        return list(
                "SELECT name FROM device_group WHERE device = ? ORDER BY name LIMIT " + Limits.QUERY_ROWS,
                row -> row.getString(1),
                device);
    }

    /**
     * What devices should have, against what they say that they have; each device that was ever heard of or enrolled, by name.
     *
     * @param device only this one; null for all
     */
    public List<DesiredRow> desired(@Nullable String device) {
        return desired(device, null, "", Limits.QUERY_ROWS);
    }

    /**
     * The same in pages.
     *
     * @param group only of devices that said in their last hello that they are of it; null for all
     * @param after only those after this name
     */
    public List<DesiredRow> desired(@Nullable String device, @Nullable String group, String after, int limit) {
        return list(
                """
                SELECT n.id, d.version, d.sha256, d.bytes, d.signed_by, d.received,
                       r.desired_version, r.sha256, r.state, r.reason, r.document, r.received
                FROM (SELECT id FROM device UNION SELECT device FROM identity WHERE revoked IS NULL
                      UNION SELECT device FROM desired UNION SELECT device FROM reported) n
                     LEFT JOIN desired d ON d.device = n.id LEFT JOIN reported r ON r.device = n.id
                WHERE n.id > ? AND (? IS NULL OR n.id = ?)
                  AND (? IS NULL OR n.id IN (SELECT device FROM device_group WHERE name = ?))
                ORDER BY n.id LIMIT\s""" + Math.clamp(limit, 0, Limits.QUERY_ROWS),
                row -> new DesiredRow(
                        row.getString(1),
                        row.getLong(2),
                        row.getString(3),
                        Payload.desired(row.getBytes(4)),
                        words(row.getString(5)),
                        nullableLong(row, 6),
                        nullableLong(row, 7),
                        row.getString(8),
                        row.getString(9),
                        row.getString(10),
                        row.getString(11),
                        nullableLong(row, 12)),
                after,
                device,
                device,
                group,
                group);
    }

    /** The releases of models that devices have, are getting or have turned down, by device. */
    public List<ModelRow> models() {
        return desired(null).stream().flatMap(row -> ModelRow.of(row).stream()).toList();
    }

    private static List<String> words(@Nullable String text) {
        return text == null ? List.of() : List.of(text.split(" ", -1));
    }

    /** Every declared gap. */
    public List<GapRow> gaps() {
        return list(
                """
                SELECT s.device, s.epoch, s.name, g.first_seq, g.last_seq, g.reason
                FROM gap g JOIN stream s ON s.id = g.stream ORDER BY s.device, s.epoch, s.name, g.first_seq""",
                row -> new GapRow(
                        row.getString(1),
                        Epochs.text(row.getLong(2)),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getString(6)));
    }

    /** Hands over every stored record, stream by stream in the order of their sequence. */
    public void forEachRecord(Consumer<StoredRecord> consumer) {
        String sql = """
                SELECT s.device, s.epoch, s.name, r.seq, r.bytes, r.received
                FROM stream s JOIN record r ON r.stream = s.id ORDER BY r.stream, r.seq""";
        session.scan(sql, row -> {
            var receipt = new Receipt(row.getLong(2), Stream.ofTopicName(row.getString(3)), row.getLong(4));
            consumer.accept(new StoredRecord(row.getString(1), receipt, row.getBytes(5), row.getLong(6)));
        });
    }

    @Override
    public void close() {
        session.close();
    }

    private List<Numbered> numbered(String sql, @Nullable String... arguments) {
        return list(
                sql,
                row -> new Numbered(row.getLong(PredictionColumns.COUNT + 1), PredictionColumns.read(row)),
                arguments);
    }

    private <T> List<T> list(String sql, RowReader<T> reader, @Nullable String... arguments) {
        try (PreparedStatement statement = session.prepare(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw session.failed("cannot read the database", e);
        }
    }

    /** What the device said is wrong with it, and what the fleet knows besides. */
    private static List<Status.Condition> conditions(
            @Nullable String status, long lastSeenMillis, @Nullable Long sharedMillis, @Nullable Long revokedMillis) {
        List<Status.Condition> conditions = new ArrayList<>(conditions(status));
        if (revokedMillis != null) {
            conditions.add(new Status.Condition(
                    "revoked", "its identity was revoked", "Enrol it again to let it in.", revokedMillis));
        }
        if (sharedMillis != null && lastSeenMillis - sharedMillis < Limits.SHARED_SHOWN.toMillis()) {
            conditions.add(new Status.Condition(
                    "identity-taken",
                    "two devices use this identity",
                    "Give each device its own id and certificate; stop the other one that uses this id.",
                    sharedMillis));
        }
        return conditions;
    }

    private static List<Status.Condition> conditions(@Nullable String status) {
        try {
            return status == null
                    ? List.of()
                    : Wire.decodeStatus(status.getBytes(StandardCharsets.UTF_8)).conditions();
        } catch (WireException e) {
            return List.of(); // of a version whose statuses are no longer read
        }
    }

    private static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    /** A row and its place in the order of arrival. */
    private record Numbered(long id, PredictionRow row) {}

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }
}
