package io.fulmar.agent.io.gpio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pi4j.Pi4J;
import com.pi4j.context.Context;
import com.pi4j.io.gpio.digital.DigitalState;
import com.pi4j.plugin.mock.platform.MockPlatform;
import com.pi4j.plugin.mock.provider.gpio.digital.MockDigitalInput;
import com.pi4j.plugin.mock.provider.gpio.digital.MockDigitalInputProvider;
import com.pi4j.plugin.mock.provider.gpio.digital.MockDigitalOutputProvider;
import com.pi4j.plugin.mock.provider.i2c.MockI2C;
import com.pi4j.plugin.mock.provider.i2c.MockI2CProvider;
import com.pi4j.plugin.mock.provider.pwm.MockPwmProvider;
import com.pi4j.plugin.mock.provider.spi.MockSpiProvider;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.DigitalOutput;
import io.fulmar.agent.io.bus.Edge;
import io.fulmar.agent.io.bus.I2c;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import io.fulmar.agent.io.bus.PwmOutput;
import io.fulmar.config.BoardProfile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter over Pi4J's own mock, as far as that goes: it has no registers and no electricity. */
class Pi4jBoardTest {
    private final Context context = Pi4J.newContextBuilder()
            .noAutoDetect()
            .disableShutdownHook()
            .add(new MockPlatform())
            .add(
                    MockDigitalInputProvider.newInstance(),
                    MockDigitalOutputProvider.newInstance(),
                    MockI2CProvider.newInstance(),
                    MockSpiProvider.newInstance(),
                    MockPwmProvider.newInstance())
            .build();
    private final Pi4jBoard board =
            new Pi4jBoard(context, BoardProfile.named("raspberry-pi-4").orElseThrow());

    @AfterEach
    void shutdown() {
        board.close();
    }

    @Test
    void anOutputBeginsAtItsFirstLevelAndFollows() {
        DigitalOutput valve = board.output(27, Level.HIGH, Pull.NONE);
        assertThat(valve.level()).isEqualTo(Level.HIGH);
        valve.set(Level.LOW);
        assertThat(valve.level()).isEqualTo(Level.LOW);
        valve.close();
        board.output(27, Level.LOW, Pull.NONE).close(); // the pin is free again
    }

    @Test
    void anInputTellsItsChanges() {
        DigitalInput door = board.input(17, Pull.UP, Duration.ofMillis(3));
        MockDigitalInput pin =
                (MockDigitalInput) Objects.requireNonNull(context.registry().get("input-17"));
        pin.mockState(DigitalState.LOW);
        pin.mockState(DigitalState.HIGH);

        assertThat(door.level()).isEqualTo(Level.HIGH);
        Edge last = null;
        for (Edge edge = door.edge(); edge != null; edge = door.edge()) {
            last = edge;
        }
        assertThat(last).isNotNull();
        assertThat(Objects.requireNonNull(last).level()).isEqualTo(Level.HIGH);
        assertThat(door.lost()).isZero();
    }

    @Test
    void aPwmPinIsAChannel() {
        PwmOutput fan = board.pwm(13, 25_000, 0.25);
        assertThat(fan.share()).isEqualTo(0.25);
        fan.set(0.5);
        com.pi4j.io.pwm.Pwm pin =
                (com.pi4j.io.pwm.Pwm) Objects.requireNonNull(context.registry().get("pwm-13"));
        assertThat(pin.address()).as("channel1 = 13").isEqualTo(1);
        assertThat(pin.dutyCycle()).isEqualTo(50);
        assertThat(pin.frequency()).isEqualTo(25_000);
        assertThatThrownBy(() -> board.pwm(17, 1, 0)).hasMessage("GPIO 17 has no PWM");
    }

    @Test
    void aRegisterIsAddressedAndRead() {
        I2c chip = board.i2c("i2c1", 0x76);
        MockI2C mock = (MockI2C) Objects.requireNonNull(context.registry().get("i2c1-118"));
        assertThat(mock.bus()).isEqualTo(1);
        assertThat(mock.device()).isEqualTo(0x76);
        chip.write(0xD0, 0x60);
        assertThat(chip.read(0xD0)).isEqualTo(0x60);
    }

    @Test
    void aComputerWithoutPinsIsToldOfTheSimulator(@TempDir Path devices) {
        assertThatThrownBy(() -> Pi4jBoard.requirePins(devices))
                .isInstanceOfSatisfying(
                        BusException.class, e -> assertThat(e.hint()).contains("provider = \"simulated\""))
                .hasMessage("this computer has no pins: there is no " + devices.resolve("gpiochip0"));
    }
}
