package io.fulmar.fleet.rollout;

import io.fulmar.fleet.database.Session;
import java.sql.SQLException;
import java.util.Map;

/** Reads what the devices of each wave have predicted with the release that is rolled out. Owned by one thread. */
interface ShareReader {
    /** Where nothing is counted; then only what devices measure by themselves is known. */
    ShareReader NONE = (session, rollout) -> Map.of();

    Map<Integer, Facts.Shares> read(Session session, Rollout rollout) throws SQLException;
}
