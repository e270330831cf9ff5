package io.fulmar.cli.demo;

import io.fulmar.agent.run.StopSignals;
import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar demo}: the whole system on this machine, with a cut link and a killed device, and the proof at the end. */
@Command(
        name = "demo",
        description = {
            "Shows the system: a fleet with its broker, and devices as processes of their own on simulated machines.",
            "Meanwhile it cuts the link of one device and kills another, and rolls out a better model in waves, two bad ones,",
            "which the devices undo, and one that installs well and behaves badly, which the rollout stops at the first",
            "device. At the end it proves that nothing was lost.",
            "",
            "Exits with 1 if a prediction was lost, duplicated or altered, if a model was not taken or undone as it must be,",
            "or if it was stopped before the end:",
            "Ctrl-C and SIGTERM stop the devices too and leave nothing behind."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final int MAX_DEVICES = 50;
    private static final Duration MIN_DURATION = Duration.ofSeconds(10);

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many (default: ${DEFAULT-VALUE}).")
    int devices;

    @Option(
            names = "--duration",
            paramLabel = "D",
            defaultValue = "60s",
            converter = Durations.class,
            description = "How long, as 40s or 2m (default: ${DEFAULT-VALUE}).")
    Duration duration = MIN_DURATION;

    @Option(names = "--headless", description = "Print lines instead of a live table, and open no browser.")
    boolean headless;

    @Option(
            names = "--mosquitto",
            description = "Use a Mosquitto of this machine, with mutual TLS, an access list, and real enrolment of each"
                    + " device, in place of the embedded broker.")
    boolean mosquitto;

    @Option(names = "--report", paramLabel = "FILE", description = "Write what was measured and proved as JSON.")
    @Nullable
    Path report;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Keep the databases, receipts and logs in this folder; it must be empty or absent.")
    @Nullable
    Path keep;

    @Override
    public Integer call() throws Exception {
        CommandSpec commandSpec = Objects.requireNonNull(spec);
        if (devices < 1 || devices > MAX_DEVICES) {
            throw new ParameterException(
                    commandSpec.commandLine(), "--devices takes 1 to " + MAX_DEVICES + ", not " + devices);
        }
        if (duration.compareTo(MIN_DURATION) < 0) {
            throw new ParameterException(
                    commandSpec.commandLine(), "--duration takes at least " + MIN_DURATION.toSeconds() + "s");
        }
        if (report != null && !isWritable(report)) {
            throw new ParameterException(
                    commandSpec.commandLine(), "--report: " + report + " cannot be written: is its folder there?");
        }
        PrintWriter out = commandSpec.commandLine().getOut();
        boolean live = !headless && isTerminal();
        try (var folder = DemoFolder.create(keep)) {
            var demo = new Demo(devices, duration, config(), folder.path(), new DemoView(out, live), mosquitto, live);
            StopSignals.callAtFirst(demo::requestStop);
            DemoReport result = demo.run();
            if (report != null) {
                result.write(report.toAbsolutePath());
                out.println("report: " + report);
            }
            if (!result.holds()) {
                folder.keep();
                out.println("databases, receipts and logs: " + folder.path());
            }
            out.flush();
            return result.holds() ? ExitCode.OK : ExitCode.FAILED;
        } catch (InterruptedException e) {
            PrintWriter err = commandSpec.commandLine().getErr();
            err.println("fulmar: " + e.getMessage() + "; nothing was proved");
            err.flush();
            return ExitCode.FAILED;
        }
    }

    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where input or output is not a terminal
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static boolean isWritable(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder != null && Files.isWritable(folder) && !Files.isDirectory(file);
    }

    /** The configuration that all devices of the demo share; the launcher says where Fulmar is. */
    private static Path config() throws NoSuchFileException {
        Path file = Path.of(System.getProperty("fulmar.home", "."), "device-config", "examples", "simulated.toml");
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return file;
    }
}
