package io.fulmar.agent.io;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.DigitalOutput;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.PwmOutput;
import io.fulmar.agent.io.sensor.SensorDriver;
import io.fulmar.agent.io.sensor.Sensors;
import io.fulmar.config.GuardSettings;
import io.fulmar.config.HardwareSettings;
import io.fulmar.config.SensorSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is wired to the device, all of it held from the start: outputs at their safe level until somebody moves them, and
 * again when it is closed. Thread-safe once it is open, except for its end.
 */
public final class Hardware implements AutoCloseable {
    private final @Nullable Board board;
    private final List<SensorSettings> sensors;
    private final BiConsumer<String, String> audit;
    private final LongSupplier nanoClock;
    private final Map<String, Supplier<Level>> levels = new LinkedHashMap<>();
    private final Map<String, Guard> guards = new LinkedHashMap<>();
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private boolean closed;

    private Hardware(
            @Nullable Board board,
            List<SensorSettings> sensors,
            BiConsumer<String, String> audit,
            LongSupplier nanoClock) {
        this.board = board;
        this.sensors = List.copyOf(sensors);
        this.audit = audit;
        this.nanoClock = nanoClock;
    }

    /**
     * Takes everything that the configuration names; nothing where it names nothing.
     *
     * @param boardName of the computer, null where nobody said
     * @param audit takes the kind and the text of each event, and never waits
     * @throws io.fulmar.agent.io.bus.BusException if something cannot be had
     */
    public static Hardware open(
            HardwareSettings settings, @Nullable String boardName, Path state, BiConsumer<String, String> audit) {
        HardwareSettings.Provider provider = settings.provider();
        Board board = provider == null ? null : Boards.open(settings, provider, boardName, state);
        return over(board, settings, audit, System::nanoTime);
    }

    /** Takes everything that the configuration names on a board that is open, which it closes; {@code nanoClock} for guards. */
    public static Hardware over(
            @Nullable Board board,
            HardwareSettings settings,
            BiConsumer<String, String> audit,
            LongSupplier nanoClock) {
        Hardware hardware = new Hardware(board, settings.sensors(), audit, nanoClock);
        try {
            if (board != null) {
                hardware.take(settings, board);
            }
            return hardware;
        } catch (RuntimeException e) {
            hardware.close();
            throw e;
        }
    }

    private void take(HardwareSettings settings, Board from) {
        for (HardwareSettings.Output output : settings.outputs()) {
            Level safe = Boards.safe(output.safe());
            Level first = Objects.requireNonNullElse(safe, Level.LOW);
            DigitalOutput pin = from.output(output.pin(), first, Boards.pull(output.pull()));
            levels.put(output.name(), pin::level);
            guards.put(
                    output.name(),
                    new Guard(
                            output.name(),
                            output.guard(),
                            safe == null ? null : number(safe),
                            number(first),
                            value -> pin.set(Level.of(value != 0)),
                            value -> Level.of(value != 0).text(),
                            () -> locked(output.guard()),
                            audit,
                            nanoClock));
        }
        for (HardwareSettings.Pwm pwm : settings.pwms()) {
            PwmOutput pin = from.pwm(pwm.pin(), pwm.frequency(), pwm.safe());
            guards.put(
                    pwm.name(),
                    new Guard(
                            pwm.name(),
                            pwm.guard(),
                            pwm.safe(),
                            pwm.safe(),
                            pin::set,
                            value -> String.format(Locale.ROOT, "%.3f", value),
                            () -> locked(pwm.guard()),
                            audit,
                            nanoClock));
        }
        for (HardwareSettings.Input input : settings.inputs()) {
            DigitalInput pin = from.input(input.pin(), Boards.pull(input.pull()), input.debounce());
            levels.put(input.name(), pin::level);
        }
    }

    private static double number(Level level) {
        return level.isHigh() ? 1 : 0;
    }

    /** Whether another input or output keeps it safe. */
    private boolean locked(GuardSettings settings) {
        Supplier<Level> level = settings.interlock() == null ? null : levels.get(settings.interlock());
        return level != null && level.get().isHigh() == settings.interlockHigh();
    }

    /** What stands before that output. */
    public Guard guard(String output) {
        Guard guard = guards.get(output);
        if (guard == null) {
            throw new SourceException(
                    SourceException.Category.PERMANENT,
                    "no output",
                    "the agent has no output named \"" + output + "\"",
                    "what is wired counts from the next start of the agent: restart it");
        }
        return guard;
    }

    /** What stands before an actuator that is at no level. */
    public Guard guard(String actuator, GuardSettings settings) {
        String interlock = settings.interlock();
        if (interlock != null && !levels.containsKey(interlock)) {
            throw new SourceException(
                    SourceException.Category.PERMANENT,
                    "no interlock",
                    "the agent has no input or output named \"" + interlock + "\"",
                    "what is wired counts from the next start of the agent: restart it");
        }
        return Guard.ofActs(actuator, settings, () -> locked(settings), audit, nanoClock);
    }

    /** Whether there is something that has to be looked after. */
    public boolean hasOutputs() {
        return !guards.isEmpty();
    }

    /** Takes outputs to their safe level about which nobody decides any more, or which another keeps there now. */
    public void look() {
        guards.values().forEach(guard -> each(guard, Guard::look));
    }

    /** One that fails keeps no other from being safe. */
    private void each(Guard guard, Consumer<Guard> what) {
        try {
            what.accept(guard);
        } catch (BusException e) {
            if (failing.add(guard.name())) {
                audit.accept("actuator.failed", guard.name() + " cannot be moved: " + e.getMessage());
            }
        }
    }

    /** Nothing is wired. */
    public static Hardware none() {
        return new Hardware(null, List.of(), (kind, text) -> {}, System::nanoTime);
    }

    /** What the configuration says of a sensor. */
    public SensorSettings sensor(String name) {
        return sensors.stream()
                .filter(it -> it.name().equals(name) && board != null)
                .findFirst()
                .orElseThrow(() -> new SourceException(
                        SourceException.Category.PERMANENT,
                        "no sensor",
                        "the agent has no sensor named \"" + name + "\"",
                        "what is wired counts from the next start of the agent: restart it"));
    }

    /** Talks to a sensor that {@link #sensor} gave. */
    public SensorDriver driver(SensorSettings sensor) {
        return Sensors.driver(sensor, Objects.requireNonNull(board));
    }

    /** Takes outputs to their safe level, from which nothing moves them any more, and goes on holding them there. */
    public void makeSafe() {
        guards.values().forEach(guard -> each(guard, Guard::stop));
    }

    /** Takes outputs to their safe level and lets go of everything; once. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            makeSafe();
        } finally {
            if (board != null) {
                board.close();
            }
        }
    }
}
