package io.fulmar.cli.sim;

import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.StoredStream;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What the fleet's database has of what the simulated devices recorded; the rows themselves are counted, and the chain hash at
 * the end of each stream says that they are these rows, byte for byte and in this order. Immutable.
 *
 * @param acknowledged rows that the fleet said it has
 * @param stored rows that it has
 * @param lost rows that it said it has, and has not
 * @param duplicated rows that it has more than once
 * @param altered devices of which it has other rows than were recorded
 */
record Comparison(long acknowledged, long stored, long lost, long duplicated, long altered) {

    boolean holds() {
        return lost == 0 && duplicated == 0 && altered == 0;
    }

    /** Compares with the database of that data directory. */
    static Comparison with(Path dataDir, SimReport report) {
        Map<String, StoredStream> streams = new HashMap<>();
        try (var queries = FleetQueries.open(dataDir)) {
            for (StoredStream stream : queries.stored(report.plan().names(), Stream.DATA)) {
                streams.put(stream.device() + "/" + stream.epoch(), stream);
            }
        }
        long acknowledged = 0;
        long stored = 0;
        long lost = 0;
        long duplicated = 0;
        long altered = 0;
        for (SimReport.Kept kept : report.kept()) {
            acknowledged += kept.acknowledged();
            StoredStream stream = streams.get(kept.device() + "/" + Epochs.text(kept.epoch()));
            if (stream == null) {
                lost += kept.acknowledged();
                continue;
            }
            stored += stream.rows();
            lost += Math.max(0, kept.acknowledged() - stream.rows());
            duplicated += Math.max(0, stream.rows() - kept.recorded());
            boolean whole = stream.next() == kept.recorded() + 1;
            altered += whole && !stream.hash().equals(kept.tail()) ? 1 : 0;
        }
        return new Comparison(acknowledged, stored, lost, duplicated, altered);
    }
}
