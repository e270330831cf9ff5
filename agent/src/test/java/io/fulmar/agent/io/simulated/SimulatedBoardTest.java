package io.fulmar.agent.io.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.DigitalOutput;
import io.fulmar.agent.io.bus.Edge;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import io.fulmar.agent.io.bus.PwmOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedBoardTest {
    private final SimulatedBoard board;
    private final SimulatedBoard other;
    private long nanos = 1_000;

    SimulatedBoardTest(@TempDir Path state) {
        board = SimulatedBoard.open(state, () -> nanos);
        other = SimulatedBoard.open(state, () -> nanos);
    }

    @AfterEach
    void forget() throws IOException {
        board.close();
        Files.deleteIfExists(board.file());
    }

    @Test
    void aPinThatNobodyHasUsedFloats() {
        assertThat(other.pin(27)).isEqualTo(new SimulatedPin(27, null, null, 0, 0));
    }

    @Test
    void everybodySeesWhatAnOutputDrivesAndThatItFloatsOrFollowsItsResistorWhenItsHolderLetsGo() {
        DigitalOutput valve = board.output(27, Level.HIGH, Pull.NONE);
        DigitalOutput lamp = board.output(22, Level.LOW, Pull.UP);
        valve.set(Level.LOW);
        valve.set(Level.HIGH);

        long me = ProcessHandle.current().pid();
        assertThat(valve.level()).isEqualTo(Level.HIGH);
        assertThat(other.pin(27)).isEqualTo(new SimulatedPin(27, SimulatedPin.Role.OUTPUT, Level.HIGH, 0, me));
        assertThat(other.pin(22).level()).isEqualTo(Level.LOW);

        valve.close();
        lamp.close();

        assertThat(other.pin(27)).isEqualTo(new SimulatedPin(27, SimulatedPin.Role.OUTPUT, null, 0, 0));
        assertThat(other.pin(22).level()).isEqualTo(Level.HIGH);
    }

    @Test
    void aPinBelongsToOneAtATime() {
        board.output(27, Level.LOW, Pull.NONE);

        assertThatThrownBy(() -> other.input(27, Pull.NONE, Duration.ZERO))
                .isInstanceOfSatisfying(
                        BusException.class, e -> assertThat(e.kind()).isEqualTo(BusException.Kind.BUSY))
                .hasMessage(
                        "GPIO 27 is held by process " + ProcessHandle.current().pid());

        board.close();
        other.input(27, Pull.NONE, Duration.ZERO).close();
        assertThatThrownBy(() -> other.output(128, Level.LOW, Pull.NONE)).hasMessageContaining("GPIO 0 to 127");
    }

    @Test
    void aShareOfTheTimeIsSeenInThousandths() {
        PwmOutput fan = board.pwm(18, 25_000, 0);
        fan.set(0.3337);

        assertThat(other.pin(18).share()).isEqualTo(0.334);
        fan.set(1);
        assertThat(fan.share()).isEqualTo(1);
    }

    @Test
    void anInputFollowsWhatIsConnectedElseItsResistor() {
        DigitalInput up = board.input(5, Pull.UP, Duration.ZERO);
        DigitalInput none = board.input(6, Pull.NONE, Duration.ZERO);
        assertThat(up.level()).isEqualTo(Level.HIGH);
        assertThat(none.level()).isEqualTo(Level.LOW);

        other.connect(5, Level.LOW);
        other.connect(6, Level.HIGH);
        assertThat(up.level()).isEqualTo(Level.LOW);
        assertThat(none.level()).isEqualTo(Level.HIGH);

        other.connect(5, null);
        assertThat(up.level()).isEqualTo(Level.HIGH);
    }

    @Test
    void aContactThatBouncesIsOneEdge() {
        DigitalInput door = board.input(5, Pull.NONE, Duration.ofNanos(100));
        for (int bounce = 0; bounce < 7; bounce++) {
            nanos += 20;
            other.connect(5, bounce % 2 == 0 ? Level.HIGH : Level.LOW);
            assertThat(door.edge()).isNull();
        }
        nanos += 99;
        assertThat(door.edge()).isNull();
        assertThat(door.level()).isEqualTo(Level.LOW);
        nanos += 1;
        assertThat(door.edge()).isEqualTo(new Edge(Level.HIGH, nanos));
        assertThat(door.edge()).isNull();
        assertThat(door.level()).isEqualTo(Level.HIGH);
    }

    @Test
    void edgesThatNobodyTakesAreLostOldestFirstAndCounted() {
        DigitalInput door = board.input(5, Pull.NONE, Duration.ZERO);
        for (int i = 0; i < SimulatedBoard.EDGES + 3; i++) {
            nanos++;
            other.connect(5, Level.of(i % 2 == 0));
            door.level();
        }

        assertThat(door.lost()).isEqualTo(3);
        assertThat(door.edge()).isEqualTo(new Edge(Level.LOW, 1_004));
    }

    @Test
    void aDamagedFileIsMadeAnew(@TempDir Path elsewhere) throws IOException {
        Path file = SimulatedBoard.open(elsewhere, () -> nanos).file();
        Files.delete(file);
        Files.writeString(file, "damaged");

        assertThat(SimulatedBoard.open(elsewhere, () -> nanos).pin(127).holder())
                .isZero();
        Files.delete(file);
    }
}
