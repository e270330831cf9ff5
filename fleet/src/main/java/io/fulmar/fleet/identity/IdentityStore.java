package io.fulmar.fleet.identity;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.identity.Certificates.Revoked;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Identities, certificates and tokens in the fleet's database. Changes happen inside {@link #change}, which another process
 * may wait for. Owned by the thread that opened it.
 */
final class IdentityStore implements AutoCloseable {
    private static final String CERTIFICATES =
            "SELECT serial, device, key, issued, not_after, revoked, pem FROM certificate";
    private static final String DEVICES = "SELECT device, groups, enrolled, revoked FROM identity";

    private final Session session;

    /** A token as it is kept. */
    record Token(
            String id,
            String secret,
            String device,
            Set<String> groups,
            long expires,
            int failures,
            @Nullable String serial) {}

    /** A certificate as it is kept. */
    record Issued(
            String serial,
            String device,
            String key,
            long issued,
            long notAfter,
            @Nullable Long revoked,
            String pem) {}

    /** A device's row. */
    record Known(
            String device,
            Set<String> groups,
            long enrolled,
            @Nullable Long revoked) {}

    /** What is done in one transaction. */
    interface Change<T> {
        T in(IdentityStore store) throws SQLException, RefusedException;
    }

    /** What is read or written. */
    interface Statement<T> {
        T with(PreparedStatement statement) throws SQLException;
    }

    private IdentityStore(Session session) {
        this.session = session;
    }

    static IdentityStore open(Database database) {
        return new IdentityStore(database.openWriter());
    }

    /** The same to look only. */
    static IdentityStore reading(Database database) {
        return new IdentityStore(database.openReader());
    }

    /** Runs it as one transaction. A refusal commits what was written before it, such as a counted failure. */
    <T> T change(Change<T> change) throws RefusedException {
        Outcome<T> outcome = session.transaction("the identities", in -> {
            try {
                return new Outcome.Done<>(change.in(this));
            } catch (RefusedException e) {
                return new Outcome.Refused<>(e);
            }
        });
        return switch (outcome) {
            case Outcome.Done<T>(T result) -> result;
            case Outcome.Refused<T>(RefusedException e) -> throw e;
        };
    }

    /** What came of a change; both are committed. */
    private sealed interface Outcome<T> {
        record Done<T>(T result) implements Outcome<T> {}

        record Refused<T>(RefusedException refusal) implements Outcome<T> {}
    }

    // ---- tokens

    void add(Token token, long createdMillis) throws SQLException {
        run(
                "INSERT INTO enrolment_token (id, secret, device, groups, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
                s -> {
                    s.setString(1, token.id());
                    s.setString(2, token.secret());
                    s.setString(3, token.device());
                    s.setString(4, String.join(" ", new TreeSet<>(token.groups())));
                    s.setLong(5, createdMillis);
                    s.setLong(6, token.expires());
                    return s.executeUpdate();
                });
    }

    /** Forgets what nobody can use any more. */
    void forgetTokens(long expiredBefore) throws SQLException {
        run("DELETE FROM enrolment_token WHERE expires < ?", s -> {
            s.setLong(1, expiredBefore);
            return s.executeUpdate();
        });
    }

    @Nullable
    Token token(String id) throws SQLException {
        return first(run(
                "SELECT id, secret, device, groups, expires, failures, serial FROM enrolment_token WHERE id = ?", s -> {
                    s.setString(1, id);
                    List<Token> found = new ArrayList<>();
                    try (ResultSet row = s.executeQuery()) {
                        while (row.next()) {
                            found.add(new Token(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getString(3),
                                    words(row.getString(4)),
                                    row.getLong(5),
                                    row.getInt(6),
                                    row.getString(7)));
                        }
                    }
                    return found;
                }));
    }

    void failed(String tokenId) throws SQLException {
        run("UPDATE enrolment_token SET failures = failures + 1 WHERE id = ?", s -> {
            s.setString(1, tokenId);
            return s.executeUpdate();
        });
    }

    void used(String tokenId, String serial) throws SQLException {
        run("UPDATE enrolment_token SET serial = ? WHERE id = ?", s -> {
            s.setString(1, serial);
            s.setString(2, tokenId);
            return s.executeUpdate();
        });
    }

    /** Tokens of this device that are still unused are worth nothing from now on. */
    void withdrawTokens(String device) throws SQLException {
        run("DELETE FROM enrolment_token WHERE device = ? AND serial IS NULL", s -> {
            s.setString(1, device);
            return s.executeUpdate();
        });
    }

    /** Devices with a token that may be used. */
    Map<String, Set<String>> invited(long nowMillis) {
        return invited(nowMillis, "", Integer.MAX_VALUE);
    }

    /** Some of them, by name. */
    Map<String, Set<String>> invited(long nowMillis, String after, int limit) {
        return read("""
                SELECT device, groups FROM enrolment_token WHERE serial IS NULL AND expires > ? AND device > ?
                ORDER BY device LIMIT\s""" + limit, s -> {
            s.setLong(1, nowMillis);
            s.setString(2, after);
            Map<String, Set<String>> invited = new LinkedHashMap<>();
            try (ResultSet row = s.executeQuery()) {
                while (row.next()) {
                    invited.put(row.getString(1), words(row.getString(2)));
                }
            }
            return invited;
        });
    }

    // ---- certificates

    void add(Issued certificate) throws SQLException {
        run("INSERT INTO certificate (serial, device, key, issued, not_after, pem) VALUES (?, ?, ?, ?, ?, ?)", s -> {
            s.setString(1, certificate.serial());
            s.setString(2, certificate.device());
            s.setString(3, certificate.key());
            s.setLong(4, certificate.issued());
            s.setLong(5, certificate.notAfter());
            s.setString(6, certificate.pem());
            return s.executeUpdate();
        });
        changed();
    }

    /** Forgets the certificates of a device that are of no use to anybody any more. */
    void forgetCertificates(String device, long endedBefore) throws SQLException {
        run("DELETE FROM certificate WHERE device = ? AND not_after < ?", s -> {
            s.setString(1, device);
            s.setLong(2, endedBefore);
            return s.executeUpdate();
        });
    }

    private void changed() throws SQLException {
        run("UPDATE identity_change SET number = number + 1", PreparedStatement::executeUpdate);
    }

    @Nullable
    Issued certificate(String serial) {
        return first(read(CERTIFICATES + " WHERE serial = ?", s -> {
            s.setString(1, serial);
            return certificates(s);
        }));
    }

    List<Issued> certificatesOf(String device) {
        return read(CERTIFICATES + " WHERE device = ? ORDER BY issued", s -> {
            s.setString(1, device);
            return certificates(s);
        });
    }

    /** Those of devices from one name to another, by device. */
    Map<String, List<Issued>> certificates(String from, String to) {
        return read(CERTIFICATES + " WHERE device BETWEEN ? AND ? ORDER BY device, issued", s -> {
            s.setString(1, from);
            s.setString(2, to);
            return certificates(s).stream().collect(Collectors.groupingBy(Issued::device));
        });
    }

    private static List<Issued> certificates(PreparedStatement statement) throws SQLException {
        List<Issued> found = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.add(new Issued(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getLong(4),
                        row.getLong(5),
                        time(row, 6),
                        row.getString(7)));
            }
        }
        return found;
    }

    void revoke(String serial, long nowMillis) throws SQLException {
        run("UPDATE certificate SET revoked = coalesce(revoked, ?) WHERE serial = ?", s -> {
            s.setLong(1, nowMillis);
            s.setString(2, serial);
            return s.executeUpdate();
        });
        changed();
    }

    /** What was withdrawn and has not run out by itself. */
    List<Revoked> revoked(long nowMillis) {
        return read("SELECT serial, revoked FROM certificate WHERE revoked IS NOT NULL AND not_after > ?", s -> {
            s.setLong(1, nowMillis);
            List<Revoked> revoked = new ArrayList<>();
            try (ResultSet row = s.executeQuery()) {
                while (row.next()) {
                    BigInteger serial = Certificates.serial(row.getString(1));
                    revoked.add(new Revoked(serial, Instant.ofEpochMilli(row.getLong(2))));
                }
            }
            return revoked;
        });
    }

    // ---- devices

    /** The device is welcome, again if it was revoked. */
    void welcome(String device, Set<String> groups, long nowMillis) throws SQLException {
        run("""
                INSERT INTO identity (device, groups, enrolled) VALUES (?, ?, ?)
                ON CONFLICT (device) DO UPDATE SET
                    groups = excluded.groups, enrolled = excluded.enrolled, revoked = NULL""", s -> {
            s.setString(1, device);
            s.setString(2, String.join(" ", new TreeSet<>(groups)));
            s.setLong(3, nowMillis);
            return s.executeUpdate();
        });
        changed();
    }

    void revokeDevice(String device, long nowMillis) throws SQLException {
        run("UPDATE identity SET revoked = coalesce(revoked, ?) WHERE device = ?", s -> {
            s.setLong(1, nowMillis);
            s.setString(2, device);
            return s.executeUpdate();
        });
        run("UPDATE device SET online = 0 WHERE id = ?", s -> {
            s.setString(1, device); // what it says about itself is not heard any more
            return s.executeUpdate();
        });
        changed();
    }

    @Nullable
    Known device(String device) {
        return first(read(DEVICES + " WHERE device = ?", s -> {
            s.setString(1, device);
            return devices(s);
        }));
    }

    /** Some of them, by name. */
    List<Known> devices(String after, int limit) {
        return read(DEVICES + " WHERE device > ? ORDER BY device LIMIT " + limit, s -> {
            s.setString(1, after);
            return devices(s);
        });
    }

    List<Known> devices() {
        return read(DEVICES + " ORDER BY device", IdentityStore::devices);
    }

    private static List<Known> devices(PreparedStatement statement) throws SQLException {
        List<Known> known = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                known.add(new Known(row.getString(1), words(row.getString(2)), row.getLong(3), time(row, 4)));
            }
        }
        return known;
    }

    private static @Nullable Long time(ResultSet row, int column) throws SQLException {
        long time = row.getLong(column);
        return row.wasNull() ? null : time;
    }

    /** Rises when identities or certificates have changed. */
    long version() {
        return read("SELECT number FROM identity_change", s -> {
            try (ResultSet row = s.executeQuery()) {
                return row.next() ? row.getLong(1) : 0L;
            }
        });
    }

    private <T> T read(String sql, Statement<T> statement) {
        try {
            return run(sql, statement);
        } catch (SQLException e) {
            throw session.failed("cannot read the identities", e);
        }
    }

    private <T> T run(String sql, Statement<T> statement) throws SQLException {
        try (PreparedStatement prepared = session.prepare(sql)) {
            return statement.with(prepared);
        }
    }

    private static <T> @Nullable T first(List<T> found) {
        return found.isEmpty() ? null : found.getFirst();
    }

    private static Set<String> words(String text) {
        return text.isEmpty() ? Set.of() : new TreeSet<>(List.of(text.split(" ")));
    }

    /** Closes it after a failure that is already known. */
    void abandon() {
        session.abandon();
    }

    @Override
    public void close() {
        session.close();
    }
}
