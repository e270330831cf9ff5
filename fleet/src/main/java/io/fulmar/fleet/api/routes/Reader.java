package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.PageQueries;
import java.util.function.Function;

/** Reads the fleet's database, each time in a session of its own. Thread-safe. */
public final class Reader {
    private final Database database;

    public Reader(Database database) {
        this.database = database;
    }

    <T> T read(Function<FleetQueries, T> question) {
        try (var queries = FleetQueries.open(database)) {
            return question.apply(queries);
        }
    }

    /** The same for questions of which the answers come in pages. */
    <T> T page(Function<PageQueries, T> question) {
        try (var queries = PageQueries.open(database)) {
            return question.apply(queries);
        }
    }
}
