package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Stream;

/** Takes what a pipeline wants kept; never blocks, and counts what it has to drop. Thread-safe. */
public interface Recorder {
    void record(Stream stream, DeviceRecord record);

    /** The same, and says what becomes of it. */
    default void record(Stream stream, DeviceRecord record, Fate fate) {
        record(stream, record);
    }
}
