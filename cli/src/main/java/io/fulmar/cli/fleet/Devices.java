package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.FleetQueries;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The devices that a command line is about.
 *
 * @param device one by its name, or null
 * @param group those of a group, or null; without both, all
 *     <p>Immutable.
 */
record Devices(@Nullable String device, @Nullable String group) {

    /** What is known of them at that fleet: a database is needed, unless one device is named. */
    Map<String, DesiredRow> rows(BrokerOptions broker) {
        boolean database = broker.hasDatabase() && (broker.broker == null || broker.isServed());
        if (!database) {
            if (device == null) {
                throw new FleetException(
                        Category.PERMANENT,
                        "which devices are meant is not known in " + broker.data.directory(),
                        "name one device, or the fleet's data directory with --data");
            }
            return Map.of(device, DesiredRow.unknown(device));
        }
        try (var queries = FleetQueries.open(broker.data.directory())) {
            return rows(queries);
        }
    }

    /** What is known of them there. */
    Map<String, DesiredRow> rows(FleetQueries queries) {
        Map<String, DesiredRow> rows = new LinkedHashMap<>();
        names(queries).forEach(name -> rows.put(name, DesiredRow.unknown(name)));
        queries.desired(device).forEach(row -> rows.replace(row.device(), row));
        return rows;
    }

    private List<String> names(FleetQueries queries) {
        if (device != null) {
            TargetOptions.requireKnown(queries, device);
            return List.of(device);
        }
        return group == null ? queries.names() : TargetOptions.members(queries, group);
    }
}
