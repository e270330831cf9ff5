package io.fulmar.fleet.query;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which releases somebody runs, is to have, or may be told to have again, by the digests of their manifests. Thread-safe. */
public final class UsedReleases {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private UsedReleases() {}

    /**
     * Asks for them.
     *
     * @param endedSinceMillis rollouts that ended before this time are not rolled back any more
     * @return null where that cannot be told, as a device says it in a form that is not read here
     */
    public static @Nullable Set<String> read(Database database, long endedSinceMillis) {
        Set<String> used = new HashSet<>();
        try (var queries = FleetQueries.open(database)) {
            String after = "";
            List<DesiredRow> rows;
            do {
                rows = queries.desired(null, null, after, Limits.HTTP_PAGE_MOST);
                for (DesiredRow row : rows) {
                    if (!add(used, row)) {
                        return null;
                    }
                    after = row.device();
                }
            } while (rows.size() == Limits.HTTP_PAGE_MOST);
        }
        try (Session session = database.openReader()) {
            String mayGoBack = "r.state NOT IN ('rolled-back', 'superseded') AND (r.state NOT IN ('done', 'aborted')"
                    + " OR r.changed > " + endedSinceMillis + ")";
            named(used, session, "SELECT r.plan FROM rollout r WHERE " + mayGoBack);
            named(
                    used,
                    session,
                    "SELECT DISTINCT m.before FROM rollout_device m JOIN rollout r ON r.id = m.rollout"
                            + " WHERE m.before IS NOT NULL AND " + mayGoBack);
        }
        return used;
    }

    private static boolean add(Set<String> used, DesiredRow row) {
        if (row.version() > 0 && row.wanted() == null) {
            return false;
        }
        try {
            if (row.reported() != null) {
                Wire.decodeReported(row.reported().getBytes(StandardCharsets.UTF_8));
            }
        } catch (WireException e) {
            return false;
        }
        for (ModelRow model : ModelRow.of(row)) {
            switch (model.course()) {
                case ACTIVE, ON_THE_WAY -> used.add(model.manifest());
                case WATCHED, FAILED -> {
                    if (model.wanted()) {
                        used.add(model.manifest());
                    }
                }
            }
        }
        return true;
    }

    /** Every digest that those texts name. */
    private static void named(Set<String> used, Session session, String sql) {
        try (PreparedStatement query = session.prepare(sql);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                Matcher digest = DIGEST.matcher(row.getString(1));
                while (digest.find()) {
                    used.add(digest.group());
                }
            }
        } catch (SQLException e) {
            throw session.failed("cannot read which releases rollouts name", e);
        }
    }
}
