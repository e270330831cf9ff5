package io.fulmar.agent.io.act;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.Actuator;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.config.ActSettings;
import io.fulmar.config.GuardSettings;
import io.fulmar.config.HardwareSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decisions that move simulated pins through the guard, on a clock that the test moves. */
class GuardTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ActSettings.Wanted ALARMS = new ActSettings.Wanted(List.of());

    private final SimulatedBoard board;
    private final List<String> audit = new ArrayList<>();
    private long nanos = 100 * SECOND;
    private long frame;

    GuardTest(@TempDir Path state) {
        board = SimulatedBoard.open(state, () -> nanos);
    }

    @AfterEach
    void forget() throws IOException {
        Files.deleteIfExists(board.file());
    }

    private static GuardSettings guard(Duration minDwell, int maxMoves, Duration stale) {
        return new GuardSettings(minDwell, maxMoves, stale, null, true);
    }

    private Hardware hardware(HardwareSettings.Safe safe, GuardSettings guard) {
        HardwareSettings settings = new HardwareSettings(
                HardwareSettings.Provider.SIMULATED,
                List.of(new HardwareSettings.Input("door", 17, HardwareSettings.Pull.NONE, Duration.ZERO)),
                List.of(new HardwareSettings.Output("valve", 27, safe, HardwareSettings.Pull.NONE, guard)),
                List.of(new HardwareSettings.Pwm("fan", 18, 1_000, 0.25, guard)),
                List.of(),
                false);
        return Hardware.over(
                board,
                settings,
                (kind, text) -> audit.add(kind + " " + text.replaceAll(", \\d+ µs after it was decided", "")),
                () -> nanos);
    }

    private static Actuator valve(Hardware hardware) {
        return Actuators.of(new ActSettings.Output("valve", ALARMS, true), hardware, Acting.none());
    }

    private boolean decides(Actuator actuator, boolean alarm) {
        frame++;
        return actuator.perform(
                new Action("vibration", frame, alarm ? "imbalance" : "normal", 0.9f, alarm, System.nanoTime()));
    }

    private @Nullable Level level() {
        return board.pin(27).level();
    }

    @Test
    void anAlarmMovesThePinAtOnceAndTheAuditSaysWhichPredictionDidSo() {
        try (Hardware hardware =
                hardware(HardwareSettings.Safe.LOW, guard(Duration.ZERO, 60, Duration.ofSeconds(30)))) {
            Actuator valve = valve(hardware);
            assertThat(decides(valve, false)).as("it is low already").isFalse();
            assertThat(level()).isEqualTo(Level.LOW);

            assertThat(decides(valve, true)).isTrue();
            assertThat(level()).isEqualTo(Level.HIGH);
            assertThat(decides(valve, true)).isFalse();
            assertThat(decides(valve, false)).isTrue();
            assertThat(level()).isEqualTo(Level.LOW);
        }
        assertThat(audit)
                .containsExactly(
                        "actuator.moved valve from low to high: pipeline vibration frame 2 said imbalance (0.900), an alarm",
                        "actuator.moved valve from high to low: pipeline vibration frame 4 said normal (0.900)");
    }

    @Test
    void labelsAndSharesAreDrivenAsConfigured() {
        try (Hardware hardware =
                hardware(HardwareSettings.Safe.HIGH, guard(Duration.ZERO, 60, Duration.ofSeconds(30)))) {
            Actuator valve = Actuators.of(
                    new ActSettings.Output("valve", new ActSettings.Wanted(List.of("imbalance")), false),
                    hardware,
                    Acting.none());
            Actuator fan = Actuators.of(new ActSettings.Pwm("fan", ALARMS, 0.8, 0.1), hardware, Acting.none());
            valve.perform(new Action("vibration", 0, null, 0, false, System.nanoTime()));
            assertThat(level()).as("nothing was decided yet").isEqualTo(Level.HIGH);
            decides(valve, true);
            decides(fan, true);
            assertThat(level()).isEqualTo(Level.LOW);
            assertThat(board.pin(18).share()).isEqualTo(0.8);
            decides(valve, false);
            decides(fan, false);
            assertThat(level()).isEqualTo(Level.HIGH);
            assertThat(board.pin(18).share()).isEqualTo(0.1);
        }
        assertThat(audit).last().isEqualTo("actuator.safe fan from 0.100 to 0.250: the agent stops");
    }

    @Test
    void whatWasMovedStaysForAWhileAndFollowsTheNextDecisionAfterIt() {
        try (Hardware hardware =
                hardware(HardwareSettings.Safe.LOW, guard(Duration.ofSeconds(2), 60, Duration.ofSeconds(30)))) {
            Actuator valve = valve(hardware);
            decides(valve, true);
            nanos += SECOND;
            assertThat(decides(valve, false)).isFalse();
            assertThat(decides(valve, false)).isFalse();
            assertThat(level()).isEqualTo(Level.HIGH);
            nanos += SECOND;
            assertThat(decides(valve, false)).isTrue();
            assertThat(level()).isEqualTo(Level.LOW);
        }
        assertThat(audit)
                .element(1)
                .isEqualTo("actuator.refused valve stays high and does not go to low: moved less than 2000 ms ago;"
                        + " pipeline vibration frame 2 said normal (0.900)");
        assertThat(audit).as("a reason is said once").hasSize(3);
    }

    @Test
    void itIsNotMovedMoreOftenInAMinuteThanItMay() {
        try (Hardware hardware = hardware(HardwareSettings.Safe.LOW, guard(Duration.ZERO, 4, Duration.ofMinutes(5)))) {
            Actuator valve = valve(hardware);
            int moves = 0;
            for (int i = 0; i < 590; i++) {
                nanos += SECOND / 10;
                moves += decides(valve, i % 2 == 0) ? 1 : 0;
            }
            assertThat(moves).isEqualTo(4);
            nanos += 60 * SECOND;
            assertThat(decides(valve, level() == Level.LOW)).isTrue();
        }
    }

    @Test
    void whileAnInputSaysSoItStaysSafeAndGoesThere() {
        GuardSettings locked = new GuardSettings(Duration.ofSeconds(5), 60, Duration.ofSeconds(30), "door", true);
        try (Hardware hardware = hardware(HardwareSettings.Safe.LOW, locked)) {
            Actuator valve = valve(hardware);
            board.connect(17, Level.HIGH);
            assertThat(decides(valve, true)).isFalse();
            assertThat(level()).isEqualTo(Level.LOW);
            assertThatThrownBy(() -> valve.perform(Action.ordered("vibration", "by hand", 1)))
                    .isInstanceOf(ActuatorException.class)
                    .hasMessage("locked while door is high");

            board.connect(17, Level.LOW);
            assertThat(decides(valve, true)).isTrue();
            hardware.look();
            assertThat(level()).isEqualTo(Level.HIGH);

            board.connect(17, Level.HIGH);
            hardware.look();
            assertThat(level()).as("sooner than it may be moved").isEqualTo(Level.LOW);
        }
        assertThat(audit).last().isEqualTo("actuator.safe valve from high to low: door is high");
    }

    @Test
    void whenNobodyDecidesAnyMoreItIsSafe() {
        try (Hardware hardware =
                hardware(HardwareSettings.Safe.LOW, guard(Duration.ofHours(1), 1, Duration.ofSeconds(3)))) {
            Actuator valve = valve(hardware);
            decides(valve, true);
            nanos += 2 * SECOND;
            decides(valve, true);
            nanos += 3 * SECOND;
            hardware.look();
            assertThat(level()).isEqualTo(Level.HIGH);
            nanos += 1;
            hardware.look();
            assertThat(level()).isEqualTo(Level.LOW);
        }
        assertThat(audit).last().isEqualTo("actuator.safe valve from high to low: nobody has decided for 3000 ms");
    }

    @Test
    void aStopTakesItToSafetyFromWhereNothingMovesItAndOneThatHoldsStays() {
        Hardware hardware = hardware(HardwareSettings.Safe.HOLD, guard(Duration.ZERO, 60, Duration.ofSeconds(3)));
        Actuator valve = valve(hardware);
        Actuator fan = Actuators.of(new ActSettings.Pwm("fan", ALARMS, 0.8, 0.1), hardware, Acting.none());
        decides(valve, true);
        decides(fan, true);
        nanos += 10 * SECOND;
        hardware.look();
        assertThat(level()).isEqualTo(Level.HIGH);
        hardware.close();
        assertThat(decides(fan, true)).isFalse();
        assertThat(audit.toString())
                .contains("actuator.safe fan from 0.800 to 0.250")
                .contains("the agent stops");
        assertThat(board.pin(27).holder()).isZero();
    }

    @Test
    void oneThatOnlyActsDoesSoNeitherTooOftenNorWhileItIsLocked() {
        List<String> queued = new ArrayList<>();
        GuardSettings often = new GuardSettings(Duration.ofSeconds(5), 2, Duration.ZERO, "door", true);
        try (Hardware hardware =
                hardware(HardwareSettings.Safe.LOW, guard(Duration.ZERO, 60, Duration.ofSeconds(30)))) {
            Actuator horn = new QueuedActuator("horn", hardware.guard("horn", often), new ActQueue() {
                @Override
                public boolean offer(Action action) {
                    return queued.size() < 3 && queued.add(action.text());
                }

                @Override
                public void close() {}
            });
            assertThat(decides(horn, true)).isTrue();
            assertThat(decides(horn, true)).isFalse();
            nanos += 5 * SECOND;
            assertThat(decides(horn, true)).isTrue();
            nanos += 5 * SECOND;
            assertThat(decides(horn, true)).isFalse();
            nanos += 60 * SECOND;
            board.connect(17, Level.HIGH);
            assertThat(decides(horn, true)).isFalse();
            assertThatThrownBy(() -> horn.perform(Action.ordered("vibration", "by hand", 1)))
                    .hasMessage("locked while door is high");
            board.connect(17, Level.LOW);
            assertThat(decides(horn, true)).isTrue();
            nanos += 5 * SECOND;
            assertThat(decides(horn, true)).isFalse();
        }
        assertThat(queued).hasSize(3);
        assertThat(audit.stream().map(it -> it.replaceAll(";.*", "")))
                .containsExactly(
                        "actuator.refused horn does nothing: acted less than 5000 ms ago",
                        "actuator.refused horn does nothing: acted 2 times within a minute",
                        "actuator.refused horn does nothing: locked while door is high",
                        "actuator.refused horn does nothing: too many wait for it already");
    }

    @Test
    void anActThatIsLockedByWhatIsNotWiredYetIsNotOpened() {
        GuardSettings unknown = new GuardSettings(Duration.ZERO, 2, Duration.ZERO, "gate", true);
        try (Hardware hardware =
                hardware(HardwareSettings.Safe.LOW, guard(Duration.ZERO, 60, Duration.ofSeconds(30)))) {
            assertThatThrownBy(() -> hardware.guard("horn", unknown))
                    .isInstanceOf(SourceException.class)
                    .hasMessage("the agent has no input or output named \"gate\"");
        }
    }
}
