package io.fulmar.fleet.api.security;

import static io.fulmar.fleet.api.security.AccessDatabase.change;

import io.fulmar.fleet.base.Limits;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * People who have logged in at the page with a token: their browser has a cookie, of which only a digest is kept. A login
 * ends with its token. Thread-safe.
 */
public final class Logins {
    private static final int SECRET_BYTES = 32;

    private final AccessDatabase database;
    private final InstantSource clock;

    /** A new login with what goes into the cookie. Immutable. */
    public record Made(Caller caller, String cookie, long expiresMillis) {}

    public Logins(AccessDatabase database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Logs somebody in who has shown a token. */
    public Made make(Caller caller) {
        String cookie = Secrets.random(SECRET_BYTES);
        String csrf = Secrets.random(SECRET_BYTES);
        long now = clock.millis();
        long expires = now + Limits.LOGIN_LIFE.toMillis();
        database.write("a login", session -> {
            change(session, "DELETE FROM api_login WHERE expires <= ?", now);
            // who logs in again and again pushes out the own oldest logins
            change(session, """
                    DELETE FROM api_login WHERE token = ? AND hash NOT IN
                        (SELECT hash FROM api_login WHERE token = ? ORDER BY created DESC, hash LIMIT\s""" + (Limits.LOGINS_PER_TOKEN - 1) + ")", caller.id(), caller.id());
            return change(
                    session,
                    "INSERT INTO api_login (hash, token, csrf, created, expires) VALUES (?, ?, ?, ?, ?)",
                    Secrets.digest(cookie),
                    caller.id(),
                    csrf,
                    now,
                    expires);
        });
        return new Made(new Caller(caller.id(), caller.name(), caller.role(), csrf), cookie, expires);
    }

    /** Whose cookie that is; nobody's if the login or its token is over. */
    public Optional<Caller> find(String cookie) {
        long now = clock.millis();
        List<Caller> found = database.list(
                """
                SELECT t.id, t.name, t.role, l.csrf FROM api_login l JOIN api_token t ON t.id = l.token
                WHERE l.hash = ? AND l.expires > ? AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ?)""",
                row -> new Caller(
                        row.getString(1),
                        row.getString(2),
                        Role.of(row.getString(3)).orElseThrow(),
                        row.getString(4)),
                Secrets.digest(cookie),
                now,
                now);
        return found.stream().findAny();
    }

    /** Ends the login of that cookie, if there is one. */
    public void end(String cookie) {
        database.write(
                "that somebody has logged out",
                session -> change(session, "DELETE FROM api_login WHERE hash = ?", Secrets.digest(cookie)));
    }
}
