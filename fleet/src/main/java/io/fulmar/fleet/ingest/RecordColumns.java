package io.fulmar.fleet.ingest;

import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.ModelStatistics;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.SampleChunk;
import io.fulmar.sync.wire.StageFailure;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.StoreQuarantined;
import io.fulmar.sync.wire.WireException;
import org.jspecify.annotations.Nullable;

/** What is taken out of a record, so that queries need not decode it. Immutable. */
record RecordColumns(
        String kind,
        @Nullable String pipeline,
        @Nullable String model,
        @Nullable String version,
        @Nullable String label,
        @Nullable Double score,
        @Nullable String found,
        @Nullable Stamp at) {
    private static final String PREDICTION = "prediction";
    private static final String EVENT = "event";
    private static final String UNDECODABLE = "undecodable";

    /** The record in these bytes; null when they are none. */
    static @Nullable DeviceRecord decode(byte[] record) {
        try {
            return Records.decode(record);
        } catch (WireException e) {
            return null;
        }
    }

    static RecordColumns of(@Nullable DeviceRecord decoded) {
        if (decoded == null) {
            return new RecordColumns(UNDECODABLE, null, null, null, null, null, null, null);
        }
        Stamp at = decoded.at();
        return switch (decoded) {
            case Prediction p ->
                new RecordColumns(
                        PREDICTION,
                        p.pipeline(),
                        p.model().name(),
                        p.model().version(),
                        p.label(),
                        finite(p.score()),
                        found(p.found()),
                        at);
            case StageFailure f -> new RecordColumns("failure", f.pipeline(), null, null, f.stage(), null, null, at);
            case DeviceEvent e -> new RecordColumns(EVENT, null, null, null, e.kind(), null, null, at);
            case StoreQuarantined q ->
                new RecordColumns("quarantined", null, null, null, q.stream().topicName(), null, null, at);
            case CommandResult c ->
                new RecordColumns("command", null, null, null, c.outcome().text(), null, null, at);
            case ModelStatistics s ->
                new RecordColumns(
                        "statistics",
                        s.pipeline(),
                        s.model().name(),
                        s.model().version(),
                        s.drifting() ? "drift" : null,
                        null,
                        null,
                        at);
            case SampleChunk c ->
                new RecordColumns(
                        "sample",
                        c.sample().pipeline(),
                        c.sample().model().name(),
                        c.sample().model().version(),
                        c.sample().label(),
                        null,
                        null,
                        at);
        };
    }

    /** As JSON; left out where it is more than a message may hold, as it is in the record all the same. */
    private static @Nullable String found(Found found) {
        try {
            return found.isNothing() ? null : JsonText.of(found.properties());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    boolean prediction() {
        return kind.equals(PREDICTION);
    }

    /** Whether this says what time it was, for the records before it. */
    boolean clockKnown() {
        return kind.equals(EVENT) && DeviceEvent.CLOCK_KNOWN.equals(label);
    }

    boolean undecodable() {
        return kind.equals(UNDECODABLE);
    }

    /** SQLite stores a NaN as NULL anyway. */
    private static @Nullable Double finite(float score) {
        return Float.isFinite(score) ? (Double) (double) score : null;
    }
}
