package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.agent.io.sensor.Sensors;
import io.fulmar.agent.io.simulated.ChipFault;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.config.SensorSettings;
import io.fulmar.config.SensorSettings.Axis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A source over each driver and its simulated chip, on a clock that the test moves. */
class SensorSourceTest {
    private static final long SECOND = 1_000_000_000L;
    private static final SensorSettings ADXL345 = new SensorSettings.Acceleration(
            "vibration", SensorSettings.Accelerometer.ADXL345, "i2c1", 0x53, 400, 4, List.of(Axis.X, Axis.Z));
    private static final SensorSettings LIS3DH = new SensorSettings.Acceleration(
            "vibration", SensorSettings.Accelerometer.LIS3DH, "i2c1", 0x18, 400, 4, List.of(Axis.X, Axis.Z));
    private static final SensorSettings BME280 = new SensorSettings.Climate("climate", "i2c1", 0x76, 10);
    private static final SensorSettings MCP3008 =
            new SensorSettings.Voltage("current", "spi0", 0, 100, 3.3, List.of(0, 3));

    private final SimulatedBoard board;
    private final List<String> failures = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private long nanos = 7_000;
    private @Nullable Source source;

    SensorSourceTest(@TempDir Path state) {
        board = SimulatedBoard.open(state, () -> nanos);
    }

    @AfterEach
    void forget() throws IOException {
        Files.deleteIfExists(board.file());
    }

    private Source source(SensorSettings sensor, int window) {
        board.attach(0, sensor);
        source = new SensorSource(
                Sensors.title(sensor), () -> Sensors.driver(sensor, board), window, sensor.channels(), SECOND);
        return source;
    }

    /** Lets the source run for so long; how many frames it gave. */
    private int frames(Source from, double seconds) {
        int frames = 0;
        long end = nanos + (long) (seconds * SECOND);
        while (nanos < end) {
            try {
                frames += from.poll(nanos) == null ? 0 : 1;
            } catch (SourceException e) {
                failures.add(e.kind());
                assertThat(e.getMessage()).startsWith("sensor ").contains(" at ");
            }
            String notice = from.notice();
            if (notice != null) {
                notices.add(notice);
            }
            nanos = Math.max(nanos + 100_000, Math.min(end, from.nextDueNanos()));
        }
        return frames;
    }

    @Test
    void aFrameIsAWindowOfSamplesOneAfterTheOther() {
        Source vibration = source(ADXL345, 100);

        assertThat(vibration.form()).isEqualTo(new FrameForm.Values(200));
        assertThat(frames(vibration, 10.1)).isBetween(39, 40);
        assertThat(vibration.frameNumber()).isBetween(39L, 40L);
        nanos += SECOND / 100;
        Frame frame = null;
        while (frame == null) {
            nanos += SECOND / 100;
            frame = vibration.poll(nanos);
        }
        for (int i = 1; i < 200; i += 2) {
            assertThat(frame.values()[i]).as("gravity").isBetween(7f, 13f);
        }
        assertThat(failures).isEmpty();
    }

    static Stream<Arguments> faults() {
        List<Arguments> all = new ArrayList<>();
        for (SensorSettings sensor : List.of(ADXL345, LIS3DH, BME280)) {
            all.add(Arguments.of(sensor, ChipFault.NACK, "sensor no answer"));
            all.add(Arguments.of(sensor, ChipFault.STUCK, "sensor stuck"));
            all.add(Arguments.of(sensor, ChipFault.WRONG_ID, "sensor wrong chip"));
            all.add(Arguments.of(sensor, ChipFault.ZEROS, "sensor wrong chip"));
            all.add(Arguments.of(sensor, ChipFault.GARBAGE, "sensor wrong chip"));
        }
        all.add(Arguments.of(ADXL345, ChipFault.OVERRUN, "sensor overrun"));
        all.add(Arguments.of(LIS3DH, ChipFault.OVERRUN, "sensor overrun"));
        all.add(Arguments.of(ADXL345, ChipFault.RESET, "sensor silent"));
        all.add(Arguments.of(LIS3DH, ChipFault.RESET, "sensor silent"));
        all.add(Arguments.of(MCP3008, ChipFault.NACK, "sensor no answer"));
        all.add(Arguments.of(MCP3008, ChipFault.STUCK, "sensor stuck"));
        all.add(Arguments.of(MCP3008, ChipFault.GARBAGE, "sensor no answer"));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void whatIsWrongIsSaidAndItWorksAgainWhenItIsOver(SensorSettings sensor, ChipFault fault, String kind) {
        Source from = source(sensor, 2);
        assertThat(frames(from, 3)).isPositive();
        assertThat(failures).isEmpty();
        assertThat(from.tally()).isEqualTo(SourceTally.NOTHING);

        board.fault(0, fault);
        frames(from, 20);
        assertThat(failures).contains(kind);
        assertThat(from.tally().dropped())
                .isEqualTo(failures.stream().filter("sensor overrun"::equals).count());
        assertThat(from.tally().restarts()).isPositive();
        if (fault != ChipFault.RESET && fault != ChipFault.OVERRUN) {
            assertThat(from.tally().stale()).as("it brought nothing").isTrue();
        }
        assertThat(failures.size()).as("it is left alone for longer and longer").isLessThan(12);
        assertThat(notices.size()).isLessThanOrEqualTo(fault == ChipFault.RESET ? 1 : 12);

        board.fault(0, ChipFault.NONE);
        notices.clear();
        failures.clear();
        assertThat(frames(from, 40)).isPositive();
        int later = failures.size();
        assertThat(frames(from, 5)).isPositive();
        assertThat(failures).hasSize(later);
        assertThat(from.tally().stale()).isFalse();
        if (fault != ChipFault.RESET && fault != ChipFault.OVERRUN) {
            assertThat(notices).hasSize(1).first().asString().contains("works again after ");
        }
    }

    @Test
    void aSensorThatIsNotThereAtTheStartIsTakenWhenItComes() {
        Source from = new SensorSource(Sensors.title(BME280), () -> Sensors.driver(BME280, board), 1, 3, SECOND);
        assertThat(frames(from, 5)).isZero();
        assertThat(failures).isNotEmpty().allMatch("sensor no answer"::equals);

        Source present = source(BME280, 1);
        assertThat(frames(present, 5)).isBetween(40, 50);
    }
}
