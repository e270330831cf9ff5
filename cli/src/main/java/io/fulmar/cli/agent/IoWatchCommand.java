package io.fulmar.cli.agent;

import io.fulmar.agent.io.Boards;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.Edge;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.agent.run.StopSignals;
import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.HardwareSettings;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io watch}: a line for each change of what is wired. Owned by the main thread. */
@Command(name = "watch", description = "Prints a line for each change, until Ctrl-C.")
final class IoWatchCommand implements Callable<Integer> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(2);

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Names in [hardware]; all inputs unless given.")
    private List<String> names = List.of();

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Stops by itself after this time, for example 40s, 5m.")
    private @Nullable Duration duration;

    @Mixin
    private final IoOptions options = new IoOptions();

    private final Map<String, DigitalInput> inputs = new LinkedHashMap<>();
    private final CountDownLatch stop = new CountDownLatch(1);

    @Override
    public Integer call() throws InterruptedException {
        List<String> watched = names.isEmpty()
                ? options.hardware().inputs().stream()
                        .map(HardwareSettings.Input::name)
                        .toList()
                : names;
        try (Board board = options.board()) {
            for (String name : watched) {
                if (!options.hardware().names().contains(name)) {
                    throw options.unknown(name);
                }
            }
            StopSignals.callAtFirst(stop::countDown);
            if (board instanceof SimulatedBoard simulated) {
                watchAll(simulated, watched);
            } else {
                watchInputs(board, watched);
            }
        }
        return ExitCode.OK;
    }

    /** Simulated pins can be seen whoever holds them; a resistor pulls only where somebody does. */
    private void watchAll(SimulatedBoard board, List<String> watched) throws InterruptedException {
        for (HardwareSettings.Input input : options.hardware().inputs()) {
            if (watched.contains(input.name()) && board.pin(input.pin()).holder() == 0) {
                inputs.put(input.name(), board.input(input.pin(), Boards.pull(input.pull()), input.debounce()));
            }
        }
        Map<String, String> seen = new HashMap<>();
        long end = end();
        do {
            for (IoRow row : IoRow.all(options.config(), board)) {
                String value = String.valueOf(row.value());
                if (watched.contains(row.name()) && !value.equals(seen.put(row.name(), value))) {
                    say(row.name(), value);
                }
            }
        } while (!over(end));
    }

    private void watchInputs(Board board, List<String> watched) throws InterruptedException {
        for (String name : watched) {
            HardwareSettings.Input input =
                    options.hardware().input(name).orElseThrow(() -> options.unknown(name + "\" as an input, \""));
            inputs.put(name, board.input(input.pin(), Boards.pull(input.pull()), input.debounce()));
        }
        inputs.forEach((name, input) -> say(name, input.level().text()));
        long end = end();
        do {
            inputs.forEach((name, input) -> {
                for (Edge edge = input.edge(); edge != null; edge = input.edge()) {
                    say(name, edge.level().text());
                }
            });
        } while (!over(end));
    }

    private long end() {
        return System.nanoTime() + (duration == null ? Duration.ofDays(3_650) : duration).toNanos();
    }

    private boolean over(long end) throws InterruptedException {
        return stop.await(LOOK_EVERY.toNanos(), TimeUnit.NANOSECONDS) || System.nanoTime() - end >= 0;
    }

    private void say(String name, String value) {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("at", Instant.now().toString());
        told.put("name", name);
        told.put("value", value);
        out.println(options.json() ? IoRow.json(told) : told.get("at") + " " + name + " " + value);
        out.flush();
    }
}
