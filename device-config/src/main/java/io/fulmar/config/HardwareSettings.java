package io.fulmar.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is wired to the device, each thing under a name that no other has.
 *
 * @param provider who gives access to the pins; null where nothing is wired
 * @param allowExec whether pipelines may run programs
 *     <p>Immutable.
 */
public record HardwareSettings(
        @Nullable Provider provider,
        List<Input> inputs,
        List<Output> outputs,
        List<Pwm> pwms,
        List<SensorSettings> sensors,
        boolean allowExec) {

    /** Nothing is wired. */
    public static final HardwareSettings NONE =
            new HardwareSettings(null, List.of(), List.of(), List.of(), List.of(), false);

    public HardwareSettings {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        pwms = List.copyOf(pwms);
        sensors = List.copyOf(sensors);
    }

    /** Who gives access to pins. */
    public enum Provider {
        /** Nothing real: pins that exist in memory only, which other processes can see. */
        SIMULATED,
        /** The pins and buses of a Raspberry Pi. */
        PI4J
    }

    /** Which way a resistor pulls a line that nobody drives. */
    public enum Pull {
        NONE,
        UP,
        DOWN
    }

    /** The level that an output takes while nothing good can be said about what it should do. */
    public enum Safe {
        LOW,
        HIGH,
        /** Whatever it was last. */
        HOLD
    }

    /** One that reads a level; a change counts once the level has stayed for {@code debounce}. Immutable. */
    public record Input(String name, int pin, Pull pull, Duration debounce) {}

    /**
     * One that drives a level.
     *
     * @param pull the resistor on the line, which says its level while no process holds the pin
     *     <p>Immutable.
     */
    public record Output(String name, int pin, Safe safe, Pull pull, GuardSettings guard) {}

    /**
     * One that switches so fast that only the share of time in which it is high matters.
     *
     * @param frequency in Hz
     * @param safe the share of time, 0 to 1, while nothing good can be said about what it should be
     *     <p>Immutable.
     */
    public record Pwm(String name, int pin, int frequency, double safe, GuardSettings guard) {}

    /** The output of this name. */
    public Optional<Output> output(String name) {
        return outputs.stream().filter(it -> it.name().equals(name)).findFirst();
    }

    /** The input of this name. */
    public Optional<Input> input(String name) {
        return inputs.stream().filter(it -> it.name().equals(name)).findFirst();
    }

    /** The PWM output of this name. */
    public Optional<Pwm> pwm(String name) {
        return pwms.stream().filter(it -> it.name().equals(name)).findFirst();
    }

    /** The sensor of this name. */
    public Optional<SensorSettings> sensor(String name) {
        return sensors.stream().filter(it -> it.name().equals(name)).findFirst();
    }

    /** Names of what is at a level: inputs and outputs. */
    List<String> levels() {
        return Stream.concat(inputs.stream().map(Input::name), outputs.stream().map(Output::name))
                .toList();
    }

    /** All names, inputs first. */
    public List<String> names() {
        return Stream.of(
                        inputs.stream().map(Input::name),
                        outputs.stream().map(Output::name),
                        pwms.stream().map(Pwm::name),
                        sensors.stream().map(SensorSettings::name))
                .flatMap(names -> names)
                .toList();
    }
}
