package io.fulmar.cli.agent;

import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.simulated.ChipFault;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.HardwareSettings;
import io.fulmar.config.SensorSettings;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io simulate}: what happens to simulated hardware from outside. Owned by the main thread. */
@Command(
        name = "simulate",
        description = {
            "Connects a level to a simulated input, as a switch would, or lets something go wrong with a simulated sensor.",
            "A running agent sees it at once."
        })
final class IoSimulateCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The name of an input or a sensor in [hardware].")
    private String name = "";

    @Parameters(
            index = "1",
            paramLabel = "WHAT",
            description =
                    "low, high, or none: nothing is connected; of a sensor none, nack, stuck, wrong-id, overrun, garbage,"
                            + " zeros or reset.")
    private String what = "";

    @Mixin
    private final IoOptions options = new IoOptions();

    @Override
    public Integer call() {
        try (SimulatedBoard board = options.simulated()) {
            OptionalInt sensor = sensor();
            if (sensor.isPresent()) {
                board.fault(sensor.getAsInt(), fault());
            } else {
                connect(board);
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("name", name);
        told.put("simulated", what);
        out.println(options.json() ? IoRow.json(told) : name + " " + what);
        out.flush();
        return ExitCode.OK;
    }

    private OptionalInt sensor() {
        List<SensorSettings> sensors = options.hardware().sensors();
        return IntStream.range(0, sensors.size())
                .filter(i -> sensors.get(i).name().equals(name))
                .findFirst();
    }

    private ChipFault fault() {
        for (ChipFault fault : ChipFault.values()) {
            if (fault.text().equals(what)) {
                return fault;
            }
        }
        throw new ParameterException(
                spec.commandLine(),
                "'" + what + "' is none of "
                        + Arrays.stream(ChipFault.values()).map(ChipFault::text).collect(Collectors.joining(", ")));
    }

    private void connect(SimulatedBoard board) {
        Level connected = level();
        HardwareSettings.Input input = options.hardware().input(name).orElseThrow(() -> options.unknown(name));
        board.connect(input.pin(), connected);
    }

    private @Nullable Level level() {
        return switch (what) {
            case "low" -> Level.LOW;
            case "high" -> Level.HIGH;
            case "none" -> null;
            default -> throw new ParameterException(spec.commandLine(), "'" + what + "' is none of low, high, none");
        };
    }
}
