package io.fulmar.config;

import io.fulmar.config.HardwareSettings.Pull;
import io.fulmar.config.HardwareSettings.Safe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns {@code [hardware]} into records. Owned by the one load that builds it. */
final class HardwareBinder {
    private final @Nullable BoardProfile board;
    private final PinPlan pins;
    private final Map<String, String> names = new HashMap<>();
    private final Map<TableReader, String> interlocks = new LinkedHashMap<>();

    HardwareBinder(@Nullable BoardProfile board) {
        this.board = board;
        this.pins = new PinPlan(board);
    }

    HardwareSettings settings(TableReader table) {
        HardwareSettings.Provider provider = table.optionalChoice("provider", HardwareSettings.Provider.class);
        // the buses first: what is wrong is the pin that somebody wants besides
        List<SensorSettings> sensors = new ArrayList<>();
        for (TableReader sensor : table.tables("sensor", Limits.SENSORS)) {
            SensorSettings settings = SensorBinder.sensor(sensor, it -> name(it, "sensor"), pins);
            if (settings != null) {
                sensors.add(settings);
            }
        }
        List<HardwareSettings.Input> inputs = new ArrayList<>();
        for (TableReader input : table.tables("input", Limits.PINS)) {
            inputs.add(input(input));
        }
        List<HardwareSettings.Output> outputs = new ArrayList<>();
        for (TableReader output : table.tables("output", Limits.PINS)) {
            outputs.add(output(output));
        }
        List<HardwareSettings.Pwm> pwms = new ArrayList<>();
        for (TableReader pwm : table.tables("pwm", Limits.PINS)) {
            pwms.add(pwm(pwm));
        }
        List<String> levels = new ArrayList<>();
        inputs.forEach(input -> levels.add(input.name()));
        outputs.forEach(output -> levels.add(output.name()));
        interlocks.forEach((guarded, name) -> GuardBinder.requireLevel(guarded, name, levels));
        boolean allowExec = table.flag("allow_exec", false);
        if (!table.has("provider") && !names.isEmpty()) {
            table.problem("provider", "is missing; say who gives access to the pins: \"pi4j\" or \"simulated\"");
        }
        if (provider == HardwareSettings.Provider.PI4J
                && (board == null || board.pins().isEmpty())) {
            table.problem(
                    "provider",
                    board == null
                            ? "needs to know the board: say device.board"
                            : "the board " + board.title() + " has no pins; \"simulated\" needs none");
        }
        table.done();
        return new HardwareSettings(provider, inputs, outputs, pwms, sensors, allowExec);
    }

    private HardwareSettings.Input input(TableReader table) {
        String name = name(table, "input");
        int pin = pins.claim(table, user("input", name));
        Pull pull = table.choice("pull", Pull.NONE, Pull.class);
        Duration debounce = table.duration("debounce", Duration.ofMillis(5), Duration.ZERO, Duration.ofSeconds(10));
        table.done();
        return new HardwareSettings.Input(name, pin, pull, debounce);
    }

    private HardwareSettings.Output output(TableReader table) {
        String name = name(table, "output");
        int pin = pins.claim(table, user("output", name));
        Safe safe = table.choice("safe", Safe.LOW, Safe.class);
        Pull pull = table.choice("pull", Pull.NONE, Pull.class);
        if ((safe == Safe.LOW && pull == Pull.UP) || (safe == Safe.HIGH && pull == Pull.DOWN)) {
            table.problem(
                    "pull",
                    "the resistor takes the line " + (pull == Pull.UP ? "high" : "low")
                            + " while no process drives it, but its safe level is " + TableReader.nameOf(safe));
        }
        GuardSettings guard = guard(table, name);
        table.done();
        return new HardwareSettings.Output(name, pin, safe, pull, guard);
    }

    private HardwareSettings.Pwm pwm(TableReader table) {
        String name = name(table, "pwm");
        int pin = pins.claimPwm(table, user("pwm", name));
        int frequency = table.integer("frequency", 1_000, 1, 1_000_000);
        double safe = table.number("safe", 0, 0, 1);
        GuardSettings guard = guard(table, name);
        table.done();
        return new HardwareSettings.Pwm(name, pin, frequency, safe, guard);
    }

    private GuardSettings guard(TableReader table, String name) {
        GuardSettings guard = GuardBinder.output(table);
        if (guard.interlock() != null && guard.interlock().equals(name)) {
            table.problem("interlock", "names the output itself");
        } else if (guard.interlock() != null) {
            interlocks.put(table, guard.interlock());
        }
        return guard;
    }

    private static String user(String kind, String name) {
        return "[[hardware." + kind + "]] \"" + name + "\"";
    }

    private String name(TableReader table, String kind) {
        String name = table.name("name");
        String other = name.isEmpty() ? null : names.putIfAbsent(name, kind);
        if (other != null) {
            table.problem("name", "there is another [[hardware." + other + "]] named \"" + name + "\"");
        }
        return name;
    }
}
