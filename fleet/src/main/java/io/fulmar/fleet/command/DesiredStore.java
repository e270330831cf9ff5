package io.fulmar.fleet.command;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.database.Text;
import io.fulmar.fleet.registry.DeviceEvents;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What each device should have, and what it says that it has. Owned by the ingest thread, as is the session, which it does
 * not close.
 */
final class DesiredStore implements AutoCloseable {
    private final List<PreparedStatement> all = new ArrayList<>();
    private final Session session;
    private final PreparedStatement keep;
    private final PreparedStatement find;
    private final PreparedStatement page;
    private final PreparedStatement report;
    private final PreparedStatement due;
    private final PreparedStatement published;
    private final PreparedStatement said;
    private final DeviceEvents events;

    /** A document as it is to be published. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Document(String device, long version, byte[] bytes) {
        boolean isSameVersion(Document other) {
            return device.equals(other.device) && version == other.version;
        }
    }

    DesiredStore(Session session) {
        this.session = session;
        try {
            keep = prepare("""
                    INSERT INTO desired (device, version, bytes, sha256, signed_by, received, published)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (device) DO UPDATE SET
                        version = excluded.version, bytes = excluded.bytes, sha256 = excluded.sha256,
                        signed_by = excluded.signed_by, received = excluded.received, published = excluded.published
                    WHERE excluded.version > desired.version""");
            find = prepare("SELECT device, version, bytes FROM desired WHERE device = ?");
            page = prepare("SELECT device, version, bytes FROM desired WHERE device > ? ORDER BY device LIMIT "
                    + Limits.DEVICES_AT_ONCE);
            due = prepare(
                    "SELECT device, version, bytes FROM desired WHERE published < version ORDER BY device LIMIT ?");
            said = prepare("SELECT document FROM reported WHERE device = ?");
            published = prepare("UPDATE desired SET published = ? WHERE device = ? AND published < ?");
            report = prepare("""
                    INSERT INTO reported (device, document, desired_version, sha256, state, reason, received)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (device) DO UPDATE SET
                        document = excluded.document, desired_version = excluded.desired_version,
                        sha256 = excluded.sha256, state = excluded.state, reason = excluded.reason,
                        received = excluded.received""");
        } catch (SQLException e) {
            throw session.failed("cannot prepare the desired states", e);
        }
        this.events = new DeviceEvents(session);
    }

    private PreparedStatement prepare(String text) throws SQLException {
        PreparedStatement statement = session.prepare(text);
        all.add(statement);
        return statement;
    }

    /**
     * Keeps a newer document. Inside of the caller's transaction.
     *
     * @return whether it is the one that is kept; then it is the right one to be retained
     */
    boolean keep(HeardDesired heard) throws SQLException {
        keep.setString(1, heard.desired().device());
        keep.setLong(2, heard.desired().version());
        keep.setBytes(3, heard.bytes());
        keep.setString(4, heard.desired().config().sha256());
        keep.setString(5, heard.keyIds().isEmpty() ? null : String.join(" ", heard.keyIds()));
        keep.setLong(6, heard.receivedMillis());
        keep.setLong(7, heard.desired().version()); // the broker has it
        keep.executeUpdate();
        Document kept = find(heard.desired().device());
        return kept != null && Arrays.equals(kept.bytes(), heard.bytes());
    }

    /** What that device should have; null for nothing. */
    @Nullable
    Document find(String device) throws SQLException {
        find.setString(1, device);
        List<Document> found = documents(find);
        return found.isEmpty() ? null : found.getFirst();
    }

    /** The next few documents, by the names of the devices. */
    List<Document> after(String device) throws SQLException {
        page.setString(1, device);
        return documents(page);
    }

    /** What the broker was not given yet, by the names of the devices. */
    List<Document> due(int limit) throws SQLException {
        due.setInt(1, limit);
        return documents(due);
    }

    /** The broker has it. Inside of the caller's transaction. */
    void published(Document document) throws SQLException {
        published.setLong(1, document.version());
        published.setString(2, document.device());
        published.setLong(3, document.version());
        published.executeUpdate();
    }

    private static List<Document> documents(PreparedStatement query) throws SQLException {
        List<Document> documents = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                documents.add(new Document(row.getString(1), row.getLong(2), row.getBytes(3)));
            }
        }
        return documents;
    }

    /** Keeps what a device says that it has. Inside of the caller's transaction. */
    void report(String device, Reported reported, String document, long nowMillis) throws SQLException {
        for (ReportedEvents.Event event : ReportedEvents.between(said(device), reported)) {
            events.add(device, nowMillis, event.kind(), event.detail());
        }
        report.setString(1, device);
        report.setString(2, Text.storable(document));
        report.setLong(3, reported.desiredVersion());
        report.setString(4, Text.storable(reported.config().sha256()));
        report.setString(5, reported.config().state().name().toLowerCase(Locale.ROOT));
        report.setString(6, Text.storable(reported.config().reason()));
        report.setLong(7, nowMillis);
        report.executeUpdate();
    }

    FleetException failed(String what, SQLException e) {
        return session.failed(what, e);
    }

    private @Nullable Reported said(String device) throws SQLException {
        said.setString(1, device);
        try (ResultSet row = said.executeQuery()) {
            return row.next() ? Wire.decodeReported(row.getString(1).getBytes(StandardCharsets.UTF_8)) : null;
        } catch (WireException e) {
            return null; // of a version whose reports are no longer read
        }
    }

    @Override
    public void close() {
        events.close();
        try {
            for (PreparedStatement statement : all) {
                statement.close();
            }
        } catch (SQLException e) {
            throw session.failed("cannot close the desired states", e);
        }
    }
}
