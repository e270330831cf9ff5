package io.fulmar.fleet.api.metrics;

import io.fulmar.fleet.ingest.IngestStatus;
import io.fulmar.fleet.query.Totals;
import io.fulmar.fleet.sink.SinkStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is measured of a fleet. Thread-safe; a {@code FleetException} says that the database cannot be asked. */
public interface FleetFacts {
    Totals totals();

    IngestStatus ingest();

    /** Null in a service that sends no records on. */
    @Nullable
    SinkStatus sink();

    /** Rows that devices have recorded and not handed over, by what they said last. */
    long waitingRows();

    /** How many devices say so of themselves, by the name of what is wrong. */
    Map<String, Long> conditions();

    /** Browsers that listen to events. */
    int listeners();
}
