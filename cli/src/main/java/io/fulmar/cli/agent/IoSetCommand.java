package io.fulmar.cli.agent;

import io.fulmar.agent.io.Boards;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.DigitalOutput;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.PwmOutput;
import io.fulmar.agent.run.StopSignals;
import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.HardwareSettings;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io set}: moves one output for a while. Owned by the main thread. */
@Command(
        name = "set",
        description = {
            "Moves an output, holds it there for a while and takes it to its safe level.",
            "A pin belongs to a process: nothing holds it any more when this command has ended."
        })
final class IoSetCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The name of an output or a PWM output in [hardware].")
    private String name = "";

    @Parameters(
            index = "1",
            paramLabel = "VALUE",
            description = "low or high; of a PWM output the share of the time in which it is high, 0 to 1.")
    private String value = "";

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = Durations.class,
            defaultValue = "2s",
            description = "How long it is held, for example 500ms, 10s; 2s unless given.")
    private Duration duration = Duration.ofSeconds(2);

    @Mixin
    private final IoOptions options = new IoOptions();

    private final CountDownLatch stop = new CountDownLatch(1);

    @Override
    public Integer call() throws InterruptedException {
        HardwareSettings hardware = options.hardware();
        HardwareSettings.Output output = hardware.output(name).orElse(null);
        HardwareSettings.Pwm pwm = hardware.pwm(name).orElse(null);
        Level level = output == null ? Level.LOW : level();
        double share = pwm == null ? 0 : share();
        try (Board board = options.board()) {
            if (output == null && pwm == null) {
                throw hardware.names().contains(name)
                        ? new ParameterException(
                                spec.commandLine(),
                                name + " is no output, so nobody can set it"
                                        + "; 'fulmar agent io simulate' tells a simulated one what happens to it")
                        : options.unknown(name);
            }
            StopSignals.callAtFirst(stop::countDown);
            if (output != null) {
                move(board, output, level);
            } else if (pwm != null) {
                move(board, pwm, share);
            }
        }
        return ExitCode.OK;
    }

    private void move(Board board, HardwareSettings.Output output, Level level) throws InterruptedException {
        Level safe = Boards.safe(output.safe());
        try (DigitalOutput pin = board.output(output.pin(), level, Boards.pull(output.pull()))) {
            say(level.text());
            hold();
            if (safe != null) {
                pin.set(safe);
                say(safe.text());
            }
        }
    }

    private void move(Board board, HardwareSettings.Pwm pwm, double share) throws InterruptedException {
        try (PwmOutput pin = board.pwm(pwm.pin(), pwm.frequency(), share)) {
            say(IoRow.share(share));
            hold();
            pin.set(pwm.safe());
            say(IoRow.share(pwm.safe()));
        }
    }

    private void hold() throws InterruptedException {
        if (stop.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
            say("stopped");
        }
    }

    private void say(String what) {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("name", name);
        told.put("value", what);
        out.println(options.json() ? IoRow.json(told) : name + " " + what);
        out.flush();
    }

    private Level level() {
        return switch (value) {
            case "low", "0" -> Level.LOW;
            case "high", "1" -> Level.HIGH;
            default -> throw new ParameterException(spec.commandLine(), "'" + value + "' is neither low nor high");
        };
    }

    private double share() {
        try {
            double share = Double.parseDouble(value);
            if (share >= 0 && share <= 1) {
                return share;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ParameterException(spec.commandLine(), "'" + value + "' is not a share from 0 to 1");
    }
}
