package io.fulmar.fleet.sample;

import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Sample;
import io.fulmar.sync.wire.SampleChunk;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts samples together of their parts, in the transaction that stores the rows in which they came: a part counts once,
 * however often it comes and whoever stores it. Owned by the ingest thread, as is the session, which it does not close.
 */
public final class SampleIntake implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SampleIntake.class);

    private final List<PreparedStatement> all = new ArrayList<>();
    private final Session session;
    private final PreparedStatement create;
    private final PreparedStatement find;
    private final PreparedStatement put;
    private final PreparedStatement count;
    private final PreparedStatement read;
    private final PreparedStatement end;
    private final PreparedStatement drop;

    public SampleIntake(Session session) throws SQLException {
        this.session = session;
        create = prepare("""
                INSERT INTO sample (device, epoch, stream, seq, pipeline, model, version, label, score, numbers, rule, format,
                                    size, sha256, chunks, state, taken, received)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'coming', ?, ?)
                ON CONFLICT (device, epoch, stream, seq) DO NOTHING""");
        // of two services that have a part each one waits here, and then sees what the other has stored
        find = prepare(
                "SELECT id, size, sha256, state FROM sample WHERE device = ? AND epoch = ? AND stream = ? AND seq = ?"
                        + session.dialect().forUpdate());
        put = prepare("INSERT INTO sample_chunk (sample, number, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        count = prepare("SELECT count(*) FROM sample_chunk WHERE sample = ?");
        read = prepare("SELECT content FROM sample_chunk WHERE sample = ? ORDER BY number");
        end = prepare("UPDATE sample SET state = ?, received = ? WHERE id = ?");
        drop = prepare("DELETE FROM sample_chunk WHERE sample = ?");
    }

    private PreparedStatement prepare(String text) throws SQLException {
        PreparedStatement statement = session.prepare(text);
        all.add(statement);
        return statement;
    }

    /** A part has come, in this transaction. */
    public void take(String device, SampleChunk chunk, long nowMillis) throws SQLException {
        Sample sample = chunk.sample();
        if (chunk.content().length != sample.chunkBytes(chunk.number())) {
            return;
        }
        create(device, sample, nowMillis);
        Found found = find(device, sample);
        if (found == null || !found.state().equals("coming")) {
            return;
        }
        if (found.size() != sample.size() || !found.sha256().equals(sample.sha256())) {
            LOG.warn("{} sent two samples under the name {}: the first one is kept", device, sample.name());
            return;
        }
        put.setLong(1, found.id());
        put.setInt(2, chunk.number());
        put.setBytes(3, chunk.content());
        if (put.executeUpdate() > 0 && count(found.id()) == sample.chunks()) {
            boolean whole = sample.sha256().equals(digest(found.id()));
            if (!whole) {
                LOG.warn("the sample {} of {} is not what its digest says", sample.name(), device);
                drop.setLong(1, found.id());
                drop.executeUpdate();
            }
            end.setString(1, whole ? "whole" : "damaged");
            end.setLong(2, nowMillis);
            end.setLong(3, found.id());
            end.executeUpdate();
        }
    }

    private record Found(long id, long size, String sha256, String state) {}

    private void create(String device, Sample sample, long nowMillis) throws SQLException {
        place(create, device, sample);
        create.setString(5, text(sample.pipeline()));
        create.setString(6, text(sample.model().name()));
        create.setString(7, text(sample.model().version()));
        create.setString(8, sample.label() == null ? null : text(sample.label()));
        boolean sure = sample.labelIndex() >= 0 && Float.isFinite(sample.score());
        create.setObject(9, sure ? (Double) (double) sample.score() : null, Types.DOUBLE);
        create.setString(10, numbers(sample));
        create.setString(11, sample.rule());
        create.setString(12, sample.format());
        create.setLong(13, sample.size());
        create.setBytes(14, HexFormat.of().parseHex(sample.sha256()));
        create.setInt(15, sample.chunks());
        create.setLong(16, sample.taken().wallMillis() + sample.taken().offsetMillis());
        create.setLong(17, nowMillis);
        create.executeUpdate();
    }

    private static @Nullable String numbers(Sample sample) {
        if (sample.values().isEmpty()) {
            return null;
        }
        List<Double> finite = sample.values().stream()
                .filter(value -> Float.isFinite(value))
                .map(value -> (double) value)
                .toList();
        return JsonText.of(Map.of("numbers", finite));
    }

    private static String text(String text) {
        return Objects.requireNonNullElse(Text.storable(text), "");
    }

    private static void place(PreparedStatement statement, String device, Sample sample) throws SQLException {
        statement.setString(1, device);
        statement.setLong(2, sample.receipt().epoch());
        statement.setString(3, sample.receipt().stream().topicName());
        statement.setLong(4, sample.receipt().seq());
    }

    private @Nullable Found find(String device, Sample sample) throws SQLException {
        place(find, device, sample);
        try (ResultSet row = find.executeQuery()) {
            return row.next()
                    ? new Found(
                            row.getLong(1), row.getLong(2), HexFormat.of().formatHex(row.getBytes(3)), row.getString(4))
                    : null;
        }
    }

    private int count(long sample) throws SQLException {
        count.setLong(1, sample);
        try (ResultSet row = count.executeQuery()) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private String digest(long sample) throws SQLException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            read.setLong(1, sample);
            try (ResultSet row = read.executeQuery()) {
                while (row.next()) {
                    digest.update(row.getBytes(1));
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : all) {
            statement.close();
        }
    }
}
