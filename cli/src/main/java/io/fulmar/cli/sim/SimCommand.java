package io.fulmar.cli.sim;

import io.fulmar.agent.run.DeviceLogging;
import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FleetDirectory;
import io.fulmar.cli.PasswordFile;
import io.fulmar.fleet.ServiceFile;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.database.Database;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar sim}. Owned by the main thread. */
@Command(
        name = "sim",
        description = {
            "Simulates many devices in this process: each one connects, records predictions and sends them by the protocol of"
                    + " real devices, until the fleet has all of them.",
            "It ends by itself, says how fast it was, and compares what was recorded with what the fleet's database has.",
            "A simulated device also does what rollouts tell it: a release is active after --install, or turned down"
                    + " (--faults fail=0.3)."
        },
        exitCodeList = {
            "0:every row was delivered once, and the database has it, where that was compared",
            "1:rows were lost, doubled or not delivered, devices did not get in, or the simulation could not run",
            "2:the command line is wrong; nothing was done"
        })
public final class SimCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--fleet",
            paramLabel = "URL",
            description =
                    "The broker, as mqtt://host:1883 or mqtts://host:8883; default: that of the fleet service which"
                            + " runs on the data directory.")
    @Nullable
    URI fleet;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Directory of the fleet's data, to compare with its database at the end; default, without --fleet:"
                            + " that of 'fulmar fleet serve'.")
    @Nullable
    Path data;

    @Option(names = "--devices", paramLabel = "N", description = "How many devices connect; default: ${DEFAULT-VALUE}.")
    int devices = 100;

    @Option(names = "--active", paramLabel = "N", description = "How many of them record; default: all.")
    @Nullable
    Integer active;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "Predictions a second of each active device; default: ${DEFAULT-VALUE}.")
    double rate = 1;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long they record; default: 1m.")
    Duration duration = Duration.ofMinutes(1);

    @Option(
            names = "--backlog",
            paramLabel = "ROWS",
            description =
                    "Rows that are buffered when it begins, on the devices that are not active, or on all when all are.")
    long backlog;

    @Option(
            names = "--faults",
            paramLabel = "LIST",
            converter = Faults.Converter.class,
            description = {
                "What goes wrong while they record, as drop=30s,lose=0.01:",
                "drop=TIME     a device loses its connection that often",
                "storm=TIME    all lose it at once that often",
                "restart=TIME  a device's process is killed that often",
                "lose=SHARE    so many batches do not arrive",
                "repeat=SHARE  so many arrive twice",
                "fail=SHARE    so many devices turn down every release"
            })
    Faults faults = Faults.NONE;

    @Option(
            names = "--commit",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How often a device stores what it has recorded, and sends it; default: 1s, as real ones.")
    Duration commit = Duration.ofSeconds(1);

    @Option(
            names = "--ramp",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Over how long the devices connect; default: 1s for 200 of them.")
    @Nullable
    Duration ramp;

    @Option(
            names = "--install",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long a release takes, on average, until it is active; default: 5s.")
    Duration install = Duration.ofSeconds(5);

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Give up when nothing was acknowledged for that long; default: 30s.")
    Duration patience = Duration.ofSeconds(30);

    @Option(names = "--names", paramLabel = "TEXT", description = "What their names begin with; default: sim-.")
    String names = "sim-";

    @Option(names = "--seed", paramLabel = "S", description = "Of what is drawn by chance; default: ${DEFAULT-VALUE}.")
    long seed = 1;

    @Option(
            names = "--prefix",
            paramLabel = "P",
            description =
                    "What all topics begin with; default: as the service says, else " + Topics.DEFAULT_PREFIX + ".")
    @Nullable
    String prefix;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "PEM file with the authority of the broker's certificate; default: those of this machine.")
    @Nullable
    Path ca;

    @Option(names = "--cert", paramLabel = "FILE", description = "PEM file with a certificate that all devices show.")
    @Nullable
    Path certificate;

    @Option(names = "--private-key", paramLabel = "FILE", description = "PEM file with its private key.")
    @Nullable
    Path privateKey;

    @Option(names = "--username", paramLabel = "NAME", description = "User name of all devices, at a broker that asks.")
    @Nullable
    String username;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File whose first line is the password, readable by its owner only.")
    @Nullable
    Path passwordFile;

    @Option(names = "--report", paramLabel = "FILE", description = "Write what came of it to this file, as JSON.")
    @Nullable
    Path report;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        SimPlan plan = plan();
        ServiceFile service = service();
        Simulation.Broker broker = broker(service);
        requireFiles(plan);
        DeviceLogging.setLevel("WARN");
        PrintWriter err = spec.commandLine().getErr();
        SimReport result = new Simulation(plan, broker, progress -> {
                    err.println(line(progress));
                    err.flush();
                })
                .run();
        Comparison compared = compared(result);
        if (report != null) {
            result.write(report, compared);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(result.json(compared));
        } else {
            result.lines(compared).forEach(out::println);
        }
        out.flush();
        return result.holds(compared) ? ExitCode.OK : ExitCode.FAILED;
    }

    private SimPlan plan() {
        require(devices >= 1 && devices <= Limits.DEVICES, "--devices", "1 to " + Limits.DEVICES, devices);
        int recording = active == null ? devices : active;
        require(recording >= 0 && recording <= devices, "--active", "0 to " + devices + ", the devices", recording);
        require(rate > 0 && rate <= Limits.RATE, "--rate", "more than 0 to " + (long) Limits.RATE, rate);
        require(backlog >= 0 && backlog <= Limits.BACKLOG, "--backlog", "0 to " + Limits.BACKLOG, backlog);
        require(commit.toMillis() >= 10, "--commit", "at least 10ms", commit.toMillis() + "ms");
        require(patience.toMillis() >= 1_000, "--patience", "at least 1s", patience.toMillis() + "ms");
        require(
                Topics.isDeviceId(names + "00000"),
                "--names",
                "at most 59 letters, digits, '.', '_' and '-'",
                "'" + names + "'");
        Duration connecting = ramp == null ? Duration.ofMillis(devices * 5L) : ramp;
        return new SimPlan(
                devices,
                recording,
                rate,
                duration,
                backlog,
                commit,
                connecting,
                patience,
                install,
                names,
                seed,
                faults);
    }

    private void require(boolean holds, String option, String expected, Object value) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), option + ": expected " + expected + ", got " + value);
        }
    }

    private @Nullable ServiceFile service() {
        Path directory = directory();
        return directory == null ? null : ServiceFile.read(directory);
    }

    /** Where the fleet's data is: as was said, else the usual place, unless a broker was named that may be anybody's. */
    private @Nullable Path directory() {
        if (data != null) {
            return data;
        }
        return fleet == null ? FleetDirectory.usual() : null;
    }

    private Simulation.Broker broker(@Nullable ServiceFile service) {
        URI url = fleet;
        if (url == null) {
            if (service == null) {
                throw new FleetException(
                        Category.PERMANENT,
                        "no fleet service is running on " + directory(),
                        "start it with 'fulmar fleet serve', or name a broker with --fleet mqtt://host:1883");
            }
            url = service.broker();
        }
        if (!List.of("mqtt", "mqtts").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--fleet: '" + url + "' is not an address such as mqtt://host:1883 or mqtts://host:8883");
        }
        boolean encrypted = url.getScheme().equals("mqtts");
        String topics = prefix != null ? prefix : service == null ? Topics.DEFAULT_PREFIX : service.prefix();
        try {
            new Topics(topics);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--prefix: " + e.getMessage());
        }
        return new Simulation.Broker(
                url, encrypted ? new Tls(ca, certificate, privateKey) : null, credentials(), topics);
    }

    /** The file is read once: thousands of devices connect again and again. */
    private @Nullable Credentials credentials() {
        String user = username;
        if (user == null) {
            return null;
        }
        String password = passwordFile == null ? null : PasswordFile.read(passwordFile);
        return new Credentials(user, password == null ? null : () -> password);
    }

    /** Each connection is an open file. */
    private static void requireFiles(SimPlan plan) {
        long most = OpenFiles.most();
        long needed = (long) plan.devices() + Limits.FILES_BESIDE;
        if (most > 0 && needed > most) {
            throw new FleetException(
                    Category.PERMANENT,
                    "this process may have " + most + " open files, and " + plan.devices() + " devices need " + needed,
                    "raise the limit first: ulimit -n " + needed);
        }
    }

    private @Nullable Comparison compared(SimReport result) {
        Path directory = directory();
        if (directory == null
                || !Files.isDirectory(directory)
                || !Database.in(directory).exists()) {
            return null;
        }
        return Comparison.with(directory, result);
    }

    private static String line(Simulation.Progress progress) {
        return String.format(
                Locale.ROOT,
                "%5d s  %-10s %,d of %,d devices  recorded %,d  acknowledged %,d  %,.0f/s  p99 %,d ms",
                progress.elapsed().toSeconds(),
                progress.phase(),
                progress.welcome(),
                progress.devices(),
                progress.recorded(),
                progress.acknowledged(),
                progress.perSecond(),
                progress.p99Millis());
    }
}
