package io.fulmar.agent.io.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.I2c;
import io.fulmar.agent.io.bus.Spi;
import io.fulmar.agent.io.sensor.SensorDriver;
import io.fulmar.agent.io.sensor.Sensors;
import io.fulmar.config.SensorSettings;
import io.fulmar.config.SensorSettings.Axis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chips by their registers, as their data sheets have them, and what the drivers make of them. */
class SimulatedChipsTest {
    private static final long MILLISECOND = 1_000_000;

    private final SimulatedBoard board;
    private long nanos = 5_000;

    SimulatedChipsTest(@TempDir Path state) {
        board = SimulatedBoard.open(state, () -> nanos);
    }

    @AfterEach
    void forget() throws IOException {
        Files.deleteIfExists(board.file());
    }

    /** The next samples that the driver brings. */
    private List<float[]> samples(SensorDriver driver, int atLeast) {
        List<float[]> samples = new ArrayList<>();
        float[] fetched = new float[driver.burst() * driver.channels()];
        driver.start(nanos);
        for (int looks = 0; samples.size() < atLeast && looks < 10_000; looks++) {
            nanos = Math.max(nanos + 1, driver.nextNanos());
            int count = driver.fetch(nanos, fetched);
            for (int i = 0; i < count; i++) {
                float[] sample = new float[driver.channels()];
                System.arraycopy(fetched, i * sample.length, sample, 0, sample.length);
                samples.add(sample);
            }
        }
        assertThat(samples).hasSizeGreaterThanOrEqualTo(atLeast);
        return samples;
    }

    private static SensorSettings accelerometer(
            SensorSettings.Accelerometer chip, int rate, int range, List<Axis> axes) {
        return new SensorSettings.Acceleration(
                "a", chip, "i2c1", chip == SensorSettings.Accelerometer.ADXL345 ? 0x53 : 0x18, rate, range, axes);
    }

    @Test
    void bothAccelerometersMeasureTheSameInMetresPerSecondSquared() {
        SensorSettings one =
                accelerometer(SensorSettings.Accelerometer.ADXL345, 400, 16, List.of(Axis.X, Axis.Y, Axis.Z));
        SensorSettings two =
                accelerometer(SensorSettings.Accelerometer.LIS3DH, 400, 16, List.of(Axis.X, Axis.Y, Axis.Z));
        board.chip(0, "i2c1", 0x53, new Adxl345Chip(7));
        board.chip(1, "i2c1", 0x18, new Lis3dhChip(7));

        List<float[]> adxl = samples(Sensors.driver(one, board), 400);
        List<float[]> lis = samples(Sensors.driver(two, board), 400);

        double moved = 0;
        for (int i = 0; i < 400; i++) {
            for (int axis = 0; axis < 3; axis++) {
                // half a count of each: 1/256 g and 12 mg
                assertThat((double) lis.get(i)[axis])
                        .isCloseTo(adxl.get(i)[axis], within((0.012 + 1 / 256.0) / 2 * 9.81));
            }
            moved = Math.max(moved, Math.abs(adxl.get(i)[0]));
            assertThat(adxl.get(i)[2]).isBetween(5f, 15f);
        }
        assertThat(moved).isGreaterThan(0.05);
    }

    @Test
    void samplesComeAtTheRateOfTheChipAndNoneIsLostOrDoubled() {
        board.chip(0, "i2c1", 0x53, new Adxl345Chip(7));
        long before = nanos;
        List<float[]> samples = samples(
                Sensors.driver(accelerometer(SensorSettings.Accelerometer.ADXL345, 800, 16, List.of(Axis.X)), board),
                800);
        double seconds = (nanos - before) / 1e9;

        assertThat(samples.size()).isCloseTo((int) (800 * seconds), within(17));
        RotatingMachine same = new RotatingMachine(7);
        for (float[] sample : samples) {
            double mean = (same.nextSample() + same.nextSample() + same.nextSample() + same.nextSample()) / 4.0;
            assertThat((double) sample[0]).isCloseTo(mean, within(9.81 / 512 + 1e-5));
        }
    }

    @Test
    void whatIsBeyondTheRangeIsClipped() {
        board.chip(0, "i2c1", 0x53, new Adxl345Chip(7));
        board.chip(1, "i2c1", 0x18, new Lis3dhChip(7));
        for (SensorSettings settings : List.of(
                accelerometer(SensorSettings.Accelerometer.ADXL345, 800, 2, List.of(Axis.Z)),
                accelerometer(SensorSettings.Accelerometer.LIS3DH, 1_344 - 944, 2, List.of(Axis.Z)))) {
            for (float[] sample : samples(Sensors.driver(settings, board), 2_000)) {
                assertThat(sample[0]).isBetween(-2.05f * 9.80665f, 2.05f * 9.80665f);
            }
        }
    }

    @Test
    void theFifoOfTheAdxl345KeepsTheNewestAndSaysThatOthersAreLost() {
        board.chip(0, "i2c1", 0x53, new Adxl345Chip(1));
        I2c chip = board.i2c("i2c1", 0x53);
        assertThat(chip.read(0x00)).isEqualTo(0xE5);
        assertThat(chip.read(0x2C)).as("BW_RATE after a reset").isEqualTo(0x0A);
        chip.write(0x38, 0x90);
        nanos += 1_000 * MILLISECOND;
        assertThat(chip.read(0x39)).as("in standby it measures nothing").isZero();

        chip.write(0x2D, 0x08);
        nanos += 100 * MILLISECOND; // at 100 Hz
        assertThat(chip.read(0x39)).isEqualTo(10);
        assertThat(chip.read(0x30) & 0x83).as("data ready, below the watermark").isEqualTo(0x80);
        byte[] sample = new byte[6];
        chip.read(0x32, sample);
        assertThat(chip.read(0x39)).isEqualTo(9);

        nanos += 1_000 * MILLISECOND;
        assertThat(chip.read(0x39)).isEqualTo(33);
        assertThat(chip.read(0x30) & 0x03).as("watermark and overrun").isEqualTo(0x03);
        chip.read(0x32, sample);
        assertThat(chip.read(0x30) & 0x01).as("reading clears it").isZero();
        assertThatThrownBy(() -> chip.write(0x00, 1)).isInstanceOf(BusException.class);
    }

    @Test
    void theLis3dhGoesToTheNextRegisterOnlyWhereToldSo() {
        board.chip(0, "i2c1", 0x18, new Lis3dhChip(1));
        I2c chip = board.i2c("i2c1", 0x18);
        byte[] four = new byte[4];
        chip.read(0x0F, four);
        assertThat(four).containsExactly(0x33, 0x33, 0x33, 0x33);

        chip.write(0x24, 0x40);
        chip.write(0x2E, 0x90);
        chip.write(0x20, 0x57); // 100 Hz
        assertThat(chip.read(0x2F)).as("empty").isEqualTo(0x20);
        nanos += 200 * MILLISECOND;
        assertThat(chip.read(0x2F)).as("20 unread, above the watermark").isEqualTo(0x80 | 20);
        byte[] three = new byte[18];
        chip.read(0x28 | 0x80, three);
        assertThat(chip.read(0x2F) & 0x1F).isEqualTo(17);
        nanos += 1_000 * MILLISECOND;
        assertThat(chip.read(0x2F)).as("full").isEqualTo(0xC0 | 31);
    }

    @Test
    void theBme280TakesItsTimeAndTellsTheAmbience() {
        Bme280Chip chip = new Bme280Chip();
        board.chip(0, "i2c1", 0x76, chip);
        SensorDriver driver = Sensors.driver(new SensorSettings.Climate("c", "i2c1", 0x76, 1), board);
        for (double celsius : new double[] {-20, 0, 21.5, 60}) {
            for (double humidity : new double[] {5, 45, 95}) {
                chip.ambience(celsius, 87_000 + 300 * celsius, humidity);
                float[] sample = samples(driver, 1).getFirst();

                assertThat((double) sample[0]).isCloseTo(celsius, within(0.02));
                assertThat((double) sample[1]).isCloseTo(humidity, within(0.1));
                assertThat((double) sample[2]).isCloseTo(870 + 3 * celsius, within(0.05));
            }
        }

        I2c bus = board.i2c("i2c1", 0x76);
        bus.write(0xF4, 0x25);
        nanos += 2 * MILLISECOND;
        assertThat(bus.read(0xF3)).as("measuring").isEqualTo(0x08);
        nanos += 10 * MILLISECOND;
        assertThat(bus.read(0xF3)).isZero();
        assertThat(bus.read(0xF4)).as("asleep again").isEqualTo(0x24);
    }

    @Test
    void theMcp3008AnswersWhereverTheStartBitStands() {
        Mcp3008Chip chip = new Mcp3008Chip();
        board.converter(0, "spi0", 0, chip);
        chip.input(5, 1.65);
        SensorDriver driver =
                Sensors.driver(new SensorSettings.Voltage("v", "spi0", 0, 100, 3.3, List.of(5, 0)), board);
        float[] sample = samples(driver, 1).getFirst();
        assertThat((double) sample[0]).isCloseTo(1.65, within(3.3 / 1_024));
        assertThat((double) sample[1]).isCloseTo(0.1, within(3.3 / 1_024));

        Spi bus = board.spi("spi0", 0, 1_000_000);
        byte[] in = new byte[3];
        bus.transfer(new byte[] {0x01, (byte) 0xD0, 0}, in);
        assertThat((in[1] & 0x03) << 8 | (in[2] & 0xFF)).isEqualTo(512);
        assertThat(in[1] & 0x04).as("the null bit").isZero();
        byte[] early = new byte[3];
        bus.transfer(new byte[] {0x06 << 2, (byte) 0x40, 0}, early); // the same, one bit later in the first byte
        assertThat(early).isNotEqualTo(in);
    }

    @Test
    void whereNoChipIsNobodyAnswers() {
        assertThatThrownBy(() -> board.i2c("i2c1", 0x42).read(0))
                .isInstanceOfSatisfying(
                        BusException.class, e -> assertThat(e.kind()).isEqualTo(BusException.Kind.NO_ANSWER))
                .hasMessage("nothing acknowledges on i2c1 0x42");
        SensorDriver absent = Sensors.driver(new SensorSettings.Voltage("v", "spi1", 0, 100, 3.3, List.of(5)), board);
        assertThatThrownBy(() -> absent.start(nanos)).hasMessageContaining("no MCP3008 drives the line");
    }
}
