package io.fulmar.cli.agent;

import io.fulmar.agent.io.Boards;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.sensor.SensorDriver;
import io.fulmar.agent.io.sensor.Sensors;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.HardwareSettings;
import io.fulmar.config.SensorSettings;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io read}: what something that is wired says now. Owned by the main thread. */
@Command(name = "read", description = "Reads something that is wired, once.")
final class IoReadCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "Its name in [hardware].")
    private List<String> names = List.of();

    @Mixin
    private final IoOptions options = new IoOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Board board = options.board()) {
            for (String name : names) {
                String value = read(board, name);
                Map<String, @Nullable Object> told = new LinkedHashMap<>();
                told.put("name", name);
                told.put("value", value);
                out.println(options.json() ? IoRow.json(told) : name + " " + value);
            }
        }
        out.flush();
        return ExitCode.OK;
    }

    private String read(Board board, String name) {
        if (!options.hardware().names().contains(name)) {
            throw options.unknown(name);
        }
        SensorSettings sensor = options.hardware().sensor(name).orElse(null);
        if (sensor != null) {
            return sample(board, sensor);
        }
        HardwareSettings.Input wired = options.hardware().input(name).orElse(null);
        if (board instanceof SimulatedBoard simulated
                && (wired == null || simulated.pin(wired.pin()).holder() != 0)) {
            return IoRow.all(options.config(), board).stream()
                    .filter(row -> row.name().equals(name))
                    .map(row -> String.valueOf(row.value()))
                    .findFirst()
                    .orElseThrow();
        }
        HardwareSettings.Input input = options.hardware()
                .input(name)
                .orElseThrow(() -> new BusException(
                        BusException.Kind.ABSENT,
                        name + " is an output, which nobody can read but its holder",
                        "read an input"));
        try (DigitalInput pin = board.input(input.pin(), Boards.pull(input.pull()), input.debounce())) {
            return pin.level().text();
        }
    }

    /** Its first sample. */
    private static String sample(Board board, SensorSettings sensor) {
        try (SensorDriver driver = Sensors.driver(sensor, board)) {
            float[] values = new float[driver.burst() * driver.channels()];
            long end = System.nanoTime()
                    + PATIENCE.plusMillis(Math.round(2_000 / sensor.rate())).toNanos();
            driver.start(System.nanoTime());
            while (driver.fetch(System.nanoTime(), values) == 0) {
                if (System.nanoTime() - end > 0) {
                    throw new BusException(
                            BusException.Kind.SILENT,
                            "sensor " + Sensors.title(sensor) + " brings nothing",
                            "check its power");
                }
                LockSupport.parkNanos(1_000_000);
            }
            List<String> units = Sensors.units(sensor);
            return IntStream.range(0, units.size())
                    .mapToObj(i -> String.format(Locale.ROOT, "%.3f %s", values[i], units.get(i)))
                    .collect(Collectors.joining(", "));
        } catch (BusException e) {
            throw new BusException(
                    e.kind(),
                    "sensor " + Sensors.title(sensor) + ": " + e.kind().text() + ": " + e.getMessage(),
                    e.hint(),
                    e);
        }
    }
}
