package io.fulmar.cli.agent;

import io.fulmar.agent.io.Boards;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.run.StopSignals;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.HardwareSettings;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io safe}: takes every output to its safe level after an agent has died. Owned by the main thread. */
@Command(
        name = "safe",
        description = {
            "Takes every output to its safe level; for a supervisor to run when the agent has died.",
            "Outputs with safe = \"hold\" are left alone. With --hold it keeps the pins until it is stopped, since nobody drives"
                    + " a pin whose process has ended."
        })
final class IoSafeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--hold", description = "Holds the levels until SIGTERM or Ctrl-C.")
    private boolean hold;

    @Mixin
    private final IoOptions options = new IoOptions();

    private int missed;

    @Override
    public Integer call() throws InterruptedException {
        if (options.hardware().outputs().isEmpty() && options.hardware().pwms().isEmpty()) {
            return ExitCode.OK; // a supervisor asks this of every device
        }
        CountDownLatch stop = new CountDownLatch(1);
        try (Board board = options.board()) {
            StopSignals.callAtFirst(stop::countDown);
            for (HardwareSettings.Output output : options.hardware().outputs()) {
                Level safe = Boards.safe(output.safe());
                if (safe != null) {
                    take(
                            output.name(),
                            safe.text(),
                            () -> board.output(output.pin(), safe, Boards.pull(output.pull())));
                }
            }
            for (HardwareSettings.Pwm pwm : options.hardware().pwms()) {
                take(pwm.name(), IoRow.share(pwm.safe()), () -> board.pwm(pwm.pin(), pwm.frequency(), pwm.safe()));
            }
            if (hold) {
                stop.await();
            }
        }
        return missed == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    /** One that cannot be had keeps no other from being safe. */
    private void take(String name, String value, Runnable taking) {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("name", name);
        try {
            taking.run();
            told.put("value", value);
            out.println(options.json() ? IoRow.json(told) : name + " " + value);
        } catch (BusException e) {
            missed++;
            told.put("error", String.valueOf(e.getMessage()));
            PrintWriter err = spec.commandLine().getErr();
            if (options.json()) {
                out.println(IoRow.json(told));
            } else {
                err.println("fulmar: " + name + ": " + e.getMessage());
                err.println("  hint: " + e.hint());
                err.flush();
            }
        }
        out.flush();
    }
}
