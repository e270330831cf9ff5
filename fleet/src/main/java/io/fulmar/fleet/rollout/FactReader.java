package io.fulmar.fleet.rollout;

import io.fulmar.fleet.database.Session;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustException;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is known of the devices of a rollout. Remembers what it has parsed, since most devices say nothing new between
 * two looks. Owned by one thread.
 */
final class FactReader {
    private static final int REMEMBERED = 20_000;

    private final Subject.Catalogue catalogue;
    private final ShareReader shares;
    private final Map<String, Parsed> parsed = new HashMap<>();

    private record Parsed(String document, @Nullable Reported reported) {}

    FactReader(Subject.Catalogue catalogue, ShareReader shares) {
        this.catalogue = catalogue;
        this.shares = shares;
    }

    Facts read(Session session, Rollout rollout) throws SQLException {
        if (parsed.size() > REMEMBERED) {
            parsed.clear();
        }
        var subject = Subject.of(rollout.plan().change(), catalogue);
        Map<String, Facts.Device> devices = new HashMap<>();
        try (PreparedStatement query = session.prepare("""
                SELECT m.device, m.state, m.version, coalesce(d.online, 0), coalesce(p.desired_version, 0),
                    CASE WHEN m.state IN ('assigned', 'active', 'timed-out') THEN p.document END,
                    coalesce(w.version, 0), CASE WHEN w.version > m.version THEN w.bytes END
                FROM rollout_device m
                LEFT JOIN device d ON d.id = m.device
                LEFT JOIN reported p ON p.device = m.device
                LEFT JOIN desired w ON w.device = m.device
                WHERE m.rollout = ? AND m.wave <= ?""")) {
            query.setString(1, rollout.id());
            query.setInt(2, rollout.wave() + 1);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    devices.put(row.getString(1), device(row, subject));
                }
            }
        }
        return new Facts(devices, shares.read(session, rollout), subject.withdrawn());
    }

    private Facts.Device device(ResultSet row, Subject subject) throws SQLException {
        String name = row.getString(1);
        long version = row.getLong(3);
        boolean online = row.getInt(4) == 1;
        long seen = row.getLong(5);
        Reported said = reported(name, row.getString(6));
        boolean touched = switch (MemberState.of(row.getString(2))) {
            case ASSIGNED, ACTIVE, TIMED_OUT, FAILED -> true;
            case PENDING, RETURNED, SKIPPED -> false;
        };
        byte[] newer = row.getBytes(8);
        boolean elsewhere = touched && newer != null && !isIn(newer, subject);
        if (said == null) {
            return new Facts.Device(online, seen, Facts.Progress.NONE, null, elsewhere, null);
        }
        return new Facts.Device(
                online,
                seen,
                subject.progress(said, version),
                subject.reason(said, version),
                elsewhere,
                subject.numbers(said, version));
    }

    private @Nullable Reported reported(String device, @Nullable String document) {
        if (document == null) {
            return null;
        }
        Parsed known = parsed.get(device);
        if (known == null || !known.document().equals(document)) {
            known = new Parsed(document, parse(document));
            parsed.put(device, known);
        }
        return known.reported();
    }

    private static @Nullable Reported parse(String document) {
        try {
            return Wire.decodeReported(document.getBytes(StandardCharsets.UTF_8));
        } catch (WireException e) {
            return null; // of a version whose reports are no longer read
        }
    }

    private static boolean isIn(byte[] bytes, Subject subject) {
        try {
            Desired desired = DesiredCodec.decode(
                    Dsse.isEnvelope(bytes) ? Dsse.read(bytes).unverifiedPayload() : bytes);
            return subject.isIn(desired);
        } catch (WireException | TrustException e) {
            return false;
        }
    }
}
