package io.fulmar.fleet.api.security;

import static io.fulmar.fleet.api.security.AccessDatabase.change;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers to changing requests that carried an {@code Idempotency-Key}, so that the same request again has the same answer and
 * no second effect. Thread-safe.
 */
public final class Repeats {
    private final AccessDatabase database;
    private final InstantSource clock;

    /** What is known of a key. */
    public sealed interface Claim {
        /** It is new: carry it out, and then {@link #finish} or {@link #release}. */
        record Mine() implements Claim {}

        /** It was carried out: that was the answer. */
        record Done(
                int status,
                String contentType,
                String body,
                @Nullable String location) implements Claim {}

        /** It is being carried out, or nobody knows what became of it. */
        record UnderWay() implements Claim {}

        /** It was used for another request. */
        record Other() implements Claim {}
    }

    private record Kept(
            String request,
            long createdMillis,
            int status,
            String type,
            String body,
            @Nullable String at) {}

    public Repeats(AccessDatabase database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Takes a key for a request.
     *
     * @param request whatever tells it from others; only a digest of it is kept
     */
    public Claim claim(Caller caller, String key, String request) {
        long now = clock.millis();
        String digest = Secrets.digest(request);
        return database.write("the key of a request", session -> {
            change(session, "DELETE FROM api_repeat WHERE created < ?", now - Limits.REPEATS_KEPT_FOR.toMillis());
            List<Kept> found = AccessDatabase.rows(session, """
                    SELECT request, created, status, content_type, body, location FROM api_repeat
                    WHERE caller = ? AND repeat_key = ?""", Repeats::read, caller.id(), key);
            if (found.isEmpty()) {
                forgetOldest(session, caller);
                change(session, """
                        INSERT INTO api_repeat (caller, repeat_key, request, created, status, content_type, body)
                        VALUES (?, ?, ?, ?, 0, '', '')""", caller.id(), key, digest, now);
                return new Claim.Mine();
            }
            Kept kept = found.getFirst();
            if (!kept.request().equals(digest)) {
                return new Claim.Other();
            }
            return kept.status() == 0
                    ? new Claim.UnderWay()
                    : new Claim.Done(kept.status(), kept.type(), kept.body(), kept.at());
        });
    }

    /** Who uses very many keys loses the own oldest ones. */
    private static void forgetOldest(Session session, Caller caller) throws SQLException {
        change(session, """
                DELETE FROM api_repeat WHERE caller = ? AND created <
                    (SELECT created FROM api_repeat WHERE caller = ? ORDER BY created DESC LIMIT 1 OFFSET\s""" + Limits.REPEATS_PER_CALLER + ")", caller.id(), caller.id());
    }

    /** It was carried out, with that answer. */
    public void finish(Caller caller, String key, Claim.Done answer) {
        database.write(
                "the answer to a request",
                session -> change(
                        session,
                        """
                        UPDATE api_repeat SET status = ?, content_type = ?, body = ?, location = ?
                        WHERE caller = ? AND repeat_key = ?""",
                        answer.status(),
                        answer.contentType(),
                        answer.body(),
                        answer.location(),
                        caller.id(),
                        key));
    }

    /** It was not carried out: the same request may be tried again with the same key. */
    public void release(Caller caller, String key) {
        database.write(
                "that a request failed",
                session -> change(
                        session, "DELETE FROM api_repeat WHERE caller = ? AND repeat_key = ?", caller.id(), key));
    }

    private static Kept read(ResultSet row) throws SQLException {
        return new Kept(
                row.getString(1), row.getLong(2), row.getInt(3), row.getString(4), row.getString(5), row.getString(6));
    }
}
