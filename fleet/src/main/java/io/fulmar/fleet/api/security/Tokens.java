package io.fulmar.fleet.api.security;

import static io.fulmar.fleet.api.security.AccessDatabase.change;
import static io.fulmar.fleet.api.security.AccessDatabase.nullableLong;

import io.fulmar.fleet.base.Limits;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tokens with which programs and people call the API: {@code fulmar_ID_SECRET}, of whose secret only a digest is kept.
 * Thread-safe.
 */
public final class Tokens {
    private static final Pattern TEXT = Pattern.compile("fulmar_([0-9a-f]{12})_([0-9a-f]{64})");
    private static final int ID_BYTES = 6;
    private static final int SECRET_BYTES = 32;
    private static final String COLUMNS =
            "SELECT id, name, role, created, created_by, expires, revoked, last_used, hash FROM api_token ";

    private final AccessDatabase database;
    private final InstantSource clock;

    /** When this service last wrote that a token was used. */
    private final Map<String, Long> marked = new ConcurrentHashMap<>();

    private record Kept(Token token, String digest) {}

    public Tokens(AccessDatabase database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Makes a token.
     *
     * @param expiresMillis from when it is worth nothing; null for never
     * @return null if there are as many as there may be
     */
    public Token.@Nullable Made make(String name, Role role, @Nullable Long expiresMillis, String by) {
        var token = new Token(Secrets.random(ID_BYTES), name, role, clock.millis(), by, expiresMillis, null, null);
        String secret = Secrets.random(SECRET_BYTES);
        boolean made = database.write("a token", session -> {
            long there = AccessDatabase.rows(session, "SELECT count(*) FROM api_token", row -> row.getLong(1))
                    .getFirst();
            if (there >= Limits.TOKENS) {
                return false;
            }
            change(
                    session,
                    """
                    INSERT INTO api_token (id, hash, name, role, created, created_by, expires)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""",
                    token.id(),
                    Secrets.digest(secret),
                    name,
                    role.text(),
                    token.createdMillis(),
                    by,
                    expiresMillis);
            return true;
        });
        return made ? new Token.Made(token, "fulmar_" + token.id() + "_" + secret) : null;
    }

    /** Who shows that token; nobody if it is not a good one. */
    public Optional<Caller> find(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        Kept kept = kept(parts.group(1));
        if (kept == null
                || !Secrets.same(kept.digest(), Secrets.digest(parts.group(2)))
                || !kept.token().isGood(clock.millis())) {
            return Optional.empty();
        }
        markUsed(kept.token());
        return Optional.of(
                new Caller(kept.token().id(), kept.token().name(), kept.token().role(), null));
    }

    /** The token with that id, good or not. */
    public Optional<Token> get(String id) {
        Kept kept = kept(id);
        return kept == null ? Optional.empty() : Optional.of(kept.token());
    }

    /** By id, those after that one. */
    public List<Token> list(@Nullable String after, int limit) {
        return database.list(
                COLUMNS + "WHERE id > ? ORDER BY id LIMIT " + limit,
                row -> read(row).token(),
                after == null ? "" : after);
    }

    /** From now on it is worth nothing, and logins that were made with it are over; false if it was not good before. */
    public boolean revoke(String id) {
        return database.write("that a token is revoked", session -> {
            change(session, "DELETE FROM api_login WHERE token = ?", id);
            return change(
                            session,
                            "UPDATE api_token SET revoked = ? WHERE id = ? AND revoked IS NULL",
                            clock.millis(),
                            id)
                    > 0;
        });
    }

    private @Nullable Kept kept(String id) {
        List<Kept> found = database.list(COLUMNS + "WHERE id = ?", Tokens::read, id);
        return found.isEmpty() ? null : found.getFirst();
    }

    private void markUsed(Token token) {
        long now = clock.millis();
        Long before = marked.get(token.id());
        if (before == null || Math.abs(now - before) >= Limits.TOKEN_USE_WRITTEN.toMillis()) {
            marked.put(token.id(), now);
            database.write(
                    "that a token was used",
                    session -> change(session, "UPDATE api_token SET last_used = ? WHERE id = ?", now, token.id()));
        }
    }

    private static Kept read(ResultSet row) throws SQLException {
        return new Kept(
                new Token(
                        row.getString(1),
                        row.getString(2),
                        Role.of(row.getString(3)).orElseThrow(),
                        row.getLong(4),
                        row.getString(5),
                        nullableLong(row, 6),
                        nullableLong(row, 7),
                        nullableLong(row, 8)),
                row.getString(9));
    }
}
