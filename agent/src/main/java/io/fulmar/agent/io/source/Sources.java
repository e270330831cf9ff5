package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.sensor.Sensors;
import io.fulmar.config.SensorSettings;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.sync.mqtt.PahoLink;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Opens the sources that a configuration asks for. Immutable. */
public final class Sources {
    private Sources() {}

    /**
     * Opens the source; {@code modelInput} says how raw tensor files are to be read, {@code place} where it
     * works, {@code hardware} has the sensors.
     *
     * @throws SourceException if it cannot be opened
     */
    public static Source open(SourceSettings settings, Tensor modelInput, SourcePlace place, Hardware hardware) {
        return switch (settings) {
            case SourceSettings.Simulated simulated -> new SimulatedSource(simulated);
            case SourceSettings.HostSystem system -> new SystemSource(system, Path.of("/"), System.nanoTime());
            case SourceSettings.Sensor sensor -> sensor(sensor, hardware);
            case SourceSettings.Folder folder -> new FolderSource(folder, modelInput, place);
            case SourceSettings.Exec exec -> ReaderSource.exec(exec, modelInput, place);
            case SourceSettings.Serial serial -> ReaderSource.serial(serial, modelInput, place);
            case SourceSettings.Messages messages ->
                new MqttSource(
                        messages,
                        modelInput,
                        place,
                        (link, listener) -> new PahoLink(link, new SplittableRandom(), listener));
            case SourceSettings.Push push -> new PushSource(push, modelInput, place);
            case SourceSettings.Replay replay ->
                switch (replay.format()) {
                    case CSV, JSONL -> new RowSource(replay);
                    case TENSOR -> new TensorSource(replay, TensorDecoder.of(modelInput));
                    case FILE -> new FileSource(replay);
                };
        };
    }

    private static Source sensor(SourceSettings.Sensor source, Hardware hardware) {
        SensorSettings sensor = hardware.sensor(source.sensor());
        return new SensorSource(
                Sensors.title(sensor),
                () -> hardware.driver(sensor),
                source.window(),
                sensor.channels(),
                source.stale().toNanos());
    }
}
