package io.fulmar.cli.agent;

import io.fulmar.agent.AgentOptions;
import io.fulmar.agent.AgentSnapshot;
import io.fulmar.agent.EdgeAgent;
import io.fulmar.agent.health.LogRing;
import io.fulmar.agent.os.ServiceManager;
import io.fulmar.agent.run.DeviceLogging;
import io.fulmar.agent.run.QueuedLines;
import io.fulmar.agent.run.StopSignals;
import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.ModelRef;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar agent}: runs one device until it is asked to stop. Owned by the main thread. */
@Command(
        name = "agent",
        subcommands = {
            EnrollCommand.class,
            TrustCommand.class,
            IoCommand.class,
            SamplesCommand.class,
            DoctorCommand.class
        },
        description = "Runs one device: infers, records every prediction, brings them to the fleet.",
        footer = {
            "",
            "SIGTERM and Ctrl-C stop it cleanly: what waits is committed, the fleet gets 3 s to take it, exit code 0.",
            "Exit code 70: the agent found a bug in itself; start it again, its state on disk is safe.",
            "Exit code 75: a pipeline was stuck in native code; only where the environment has FULMAR_SUPERVISED=1 or a"
                    + " service manager's NOTIFY_SOCKET, so that something starts it again."
        })
public final class AgentCommand implements Callable<Integer> {
    private static final Duration STATUS_EVERY = Duration.ofSeconds(10);

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The device's TOML file; needed to run one.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the file by its dotted path, for example device.id=d7; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--receipts",
            paramLabel = "FILE",
            description =
                    "Appends a line for each receipt and each acknowledgement: evidence that depends on no database.")
    private @Nullable Path receipts;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Stops by itself after this time, for example 40s, 5m.")
    private @Nullable Duration duration;

    @Option(
            names = "--until-eof",
            description =
                    "Stops when its standard input ends, so that it does not outlive the program that started it.")
    private boolean untilEof;

    @Option(names = "--quiet", description = "Prints no start line and no status lines.")
    private boolean quiet;

    private final AtomicReference<@Nullable EdgeAgent> running = new AtomicReference<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final ServiceManager manager = ServiceManager.of(System.getenv());

    @Override
    public Integer call() {
        if (config == null) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Missing required option: '--config=FILE'");
        }
        ConfigSources sources = ConfigSources.of(config).overrides(overrides);
        long start = System.nanoTime();
        LogRing logs = null;
        boolean again = true;
        while (again) {
            switch (ConfigLoader.load(sources)) {
                case LoadResult.Invalid invalid -> {
                    invalid.problems().forEach(problem -> err().println(problem.text()));
                    err().flush();
                    return ExitCode.USAGE;
                }
                case LoadResult.Loaded loaded -> {
                    if (logs == null) {
                        logs = DeviceLogging.install(
                                loaded.config().log().level().name());
                        StopSignals.callAtFirst(this::stop);
                        if (untilEof) {
                            StopSignals.callAtEndOfInput(this::stop);
                        }
                    }
                    again = run(sources, loaded.config(), logs, start);
                }
            }
        }
        return ExitCode.OK;
    }

    /** Runs one agent to its end; returns whether another one is to follow. */
    private boolean run(ConfigSources sources, DeviceConfig own, LogRing logs, long start) {
        try (QueuedLines out = new QueuedLines("fulmar-out", this::print, lost -> "");
                EdgeAgent agent = EdgeAgent.open(
                        sources,
                        own,
                        AgentOptions.standard(PahoLink::new)
                                .receipts(receipts)
                                .logs(logs)
                                .manager(manager))) {
            running.set(agent);
            if (stopped.get()) { // while there was no agent to tell
                agent.requestStop();
            }
            agent.start();
            say(out, startLine(agent));
            long predictions = 0;
            Duration wait = nextWait(start);
            while (!wait.isNegative() && !agent.awaitStop(wait)) {
                AgentSnapshot now = agent.snapshot();
                double seconds = Math.max(1, wait.toMillis()) / 1000.0;
                say(out, statusLine(now, (now.predictions() - predictions) / seconds));
                predictions = now.predictions();
                wait = nextWait(start);
            }
            boolean again = agent.restartRequested() && !stopped.get() && !wait.isNegative();
            if (!again) {
                manager.stopping();
            }
            return again;
        }
    }

    private void stop() {
        stopped.set(true);
        EdgeAgent agent = running.get();
        if (agent != null) {
            agent.requestStop();
        }
    }

    /** How long until the next status line or the end, whichever is sooner; negative after the end. */
    private Duration nextWait(long startNanos) {
        if (duration == null) {
            return STATUS_EVERY;
        }
        Duration left = duration.minusNanos(System.nanoTime() - startNanos);
        return left.compareTo(STATUS_EVERY) < 0 ? left : STATUS_EVERY;
    }

    private static String startLine(EdgeAgent agent) {
        DeviceConfig device = agent.config();
        String models = agent.models().stream()
                .map(model -> model.name() + " " + model.version() + " (sha256 " + shortened(model) + ")")
                .collect(Collectors.joining(", "));
        return "fulmar agent: device " + device.device().id() + ", "
                + (models.isEmpty() ? "no models" : "models " + models) + ", broker "
                + device.mqtt().url() + ", state " + device.state().dir();
    }

    private static String shortened(ModelRef model) {
        return model.sha256().substring(0, 12);
    }

    private static String statusLine(AgentSnapshot now, double rate) {
        return String.format(
                Locale.ROOT,
                "predictions %d (%.1f/s) recorded %d buffered %d acknowledged %d%s%s link %s%s",
                now.predictions(),
                rate,
                now.recorded(),
                now.buffered(),
                now.acknowledged(),
                now.refused() == 0 ? "" : " REFUSED " + now.refused(),
                now.failures() == 0 ? "" : " failures " + now.failures(),
                now.connected() ? "up" : "down",
                now.label().isEmpty() ? "" : " label " + now.label());
    }

    /** May block where nobody reads. */
    private void print(String line) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.print(line);
        out.flush();
    }

    private void say(QueuedLines out, String line) {
        if (!quiet) {
            out.add(line + System.lineSeparator());
        }
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
