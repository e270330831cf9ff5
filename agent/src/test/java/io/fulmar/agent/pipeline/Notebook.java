package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.StageFailure;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a pipeline records. Owned by one test. */
final class Notebook implements Recorder {
    private final List<Entry> entries = new ArrayList<>();

    record Entry(Stream stream, DeviceRecord record) {}

    @Override
    public void record(Stream stream, DeviceRecord record) {
        entries.add(new Entry(stream, record));
    }

    PipelineContext context() {
        return new PipelineContext(this, () -> new Stamp(1_000, 10, 1), "test");
    }

    List<Prediction> predictions() {
        return all(Prediction.class);
    }

    List<Prediction> predictions(Stream stream) {
        return entries.stream()
                .filter(entry -> entry.stream() == stream)
                .map(Entry::record)
                .filter(Prediction.class::isInstance)
                .map(Prediction.class::cast)
                .toList();
    }

    List<StageFailure> failures() {
        return all(StageFailure.class);
    }

    List<DeviceEvent> events() {
        return all(DeviceEvent.class);
    }

    List<Stream> streamsOf(Class<? extends DeviceRecord> type) {
        return entries.stream()
                .filter(entry -> type.isInstance(entry.record()))
                .map(Entry::stream)
                .distinct()
                .toList();
    }

    <T extends DeviceRecord> List<T> all(Class<T> type) {
        return entries.stream()
                .map(Entry::record)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }
}
