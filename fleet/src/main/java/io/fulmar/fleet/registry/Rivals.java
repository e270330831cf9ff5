package io.fulmar.fleet.registry;

import io.fulmar.fleet.base.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds devices that share one identity, by the sessions in their hellos. Each connection of one throws the other out of the
 * broker, so they greet in turns: A, B, A. A device that restarts never greets with its old session again, and one with a bad
 * link greets with one session only, so neither is mistaken for two. The one that came second has to stay away, for as long
 * as the first is heard of. Owned by the ingest thread.
 */
public final class Rivals {
    private final Map<String, Sessions> known = new LinkedHashMap<>();

    /** What a hello means. */
    public enum Verdict {
        /** Nothing special. */
        ALONE,
        /** The first of two is back: from now on it is known that there are two. */
        FOUND,
        /** The second of two, which has to stay away. */
        SECOND
    }

    /** A hello with that session came; an empty session says nothing. */
    public Verdict hello(String device, String session, long nowMillis) {
        if (session.isEmpty()) {
            return Verdict.ALONE;
        }
        Sessions sessions = known.remove(device);
        if (sessions == null) {
            sessions = new Sessions(session);
            if (known.size() >= Limits.RIVALS_WATCHED) {
                known.remove(known.keySet().iterator().next());
            }
        }
        known.put(device, sessions); // the one that greeted last is forgotten last
        return sessions.hello(session, nowMillis);
    }

    /** Something of that device came in that is no hello. */
    public void heard(String device, long nowMillis) {
        Sessions sessions = known.get(device);
        if (sessions != null) {
            sessions.heardMillis = nowMillis;
        }
    }

    private static final class Sessions {
        private String current;
        private @Nullable String before;
        private boolean two;
        private long heardMillis;
        private long sentAwayMillis;

        private Sessions(String first) {
            this.current = first;
        }

        private Verdict hello(String session, long nowMillis) {
            if (session.equals(current)) {
                heardMillis = nowMillis;
                return Verdict.ALONE;
            }
            if (!session.equals(before)) {
                before = current;
                current = session;
                two = false;
                return Verdict.ALONE;
            }
            if (two && firstIsThere()) {
                sentAwayMillis = nowMillis;
                return Verdict.SECOND;
            }
            // the first is back, or has gone for good and the second takes its place
            boolean found = !two;
            before = current;
            current = session;
            two = found;
            heardMillis = nowMillis;
            sentAwayMillis = 0;
            return found ? Verdict.FOUND : Verdict.ALONE;
        }

        /** Whether the first one was heard of since the second was told to stay away. */
        private boolean firstIsThere() {
            return heardMillis > sentAwayMillis + Limits.RIVAL_ECHO.toMillis() || sentAwayMillis == 0;
        }
    }
}
