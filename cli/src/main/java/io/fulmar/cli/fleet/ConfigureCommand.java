package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.Problem;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet configure}: sets the configuration that devices should have. Owned by the main thread. */
@Command(
        name = "configure",
        description = {
            "Sets what is laid over the configuration of a device, and waits until it says what it made of it.",
            "A device that is off takes it when it comes back; only the newest counts. --show tells what is wanted and what is."
        },
        footer = {
            "",
            "The exit code is 0 when every device runs it, and 1 when one refused it, went back to the old one, or has not"
                    + " reported yet. What may be configured: docs/configuration.md."
        })
final class ConfigureCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DEVICE", description = "The device.")
    @Nullable
    String device;

    @Option(names = "--group", paramLabel = "G", description = "Every device that is of this group now.")
    @Nullable
    String group;

    @Option(names = "--all", description = "Every device that this fleet knows now.")
    boolean everyDevice;

    @Option(names = "--config", paramLabel = "FRAGMENT", description = "TOML file with the keys to set.")
    @Nullable
    Path fragment;

    @Option(
            names = "--clear",
            description = "Take back what was set: the device's own configuration alone counts again.")
    boolean clear;

    @Option(names = "--show", description = "Show what is wanted, and what devices report.")
    boolean show;

    @Option(names = "--key", paramLabel = "FILE", description = "Sign with this private key of an operator.")
    @Nullable
    Path key;

    @Option(
            names = "--wait",
            paramLabel = "D",
            converter = Durations.class,
            description = "How long to wait for the reports, 0s for not at all; default: 30s.")
    Duration wait = Duration.ofSeconds(30);

    @Option(names = "--json", description = "With --show: print JSON.")
    boolean json;

    @Mixin
    BrokerOptions broker = new BrokerOptions();

    @Mixin
    UrlOptions service = new UrlOptions();

    @Override
    public Integer call() {
        requireOneTarget();
        service.requireAlone(spec, broker, key);
        if (show) {
            return show();
        }
        String toml = fragment == null ? "" : ConfigLoader.fragment(fragment);
        List<Problem> problems = ConfigLoader.checkRemote(fragment == null ? "--clear" : fragment.toString(), toml);
        if (!problems.isEmpty()) {
            problems.forEach(problem -> spec.commandLine().getErr().println(problem.text()));
            spec.commandLine().getErr().flush();
            return ExitCode.USAGE;
        }
        Desired.Config config = Desired.Config.of(toml);
        if (service.elsewhere()) {
            return remote(config);
        }
        @Nullable SigningKey signer = key == null ? null : SigningKey.read(key);
        broker.resolve();
        try (var session = new DesiredSession(
                broker, devices().rows(broker), signer, spec.commandLine().getErr())) {
            session.change((before, version) -> new Desired(version, before.device(), config, before.models()));
            return watched(session);
        }
    }

    private int watched(DesiredWatch watch) {
        watch.await(
                () -> watch.wanted().values().stream().allMatch(of -> isSettled(of, watch.reported(of.device()))),
                wait);
        return report(watch);
    }

    private int remote(Desired.Config config) {
        String request = QueryJson.object(body -> {
            body.writeStringProperty("toml", config.toml());
            TargetOptions.write(body, device, group);
        });
        try (ApiClient client = service.client(broker.data.directory(), System.getenv())) {
            JsonTree answer = JsonTree.read(client.post(ApiClient.path("configurations"), request));
            var watch = new RemoteDesired(
                    client,
                    RemoteDesired.question(device, group),
                    answer,
                    told -> new Desired(told.number("desired", 0), String.valueOf(told.text("device")), config),
                    spec.commandLine().getErr());
            int code = watched(watch);
            return watch.refused() ? ExitCode.FAILED : code;
        }
    }

    private Devices devices() {
        return new Devices(device, group);
    }

    private void requireOneTarget() {
        int targets = (device == null ? 0 : 1) + (group == null ? 0 : 1) + (everyDevice ? 1 : 0);
        if (targets > 1 || (targets == 0 && !show)) {
            throw new ParameterException(spec.commandLine(), "one of DEVICE, --group G and --all");
        }
        int actions = (fragment == null ? 0 : 1) + (clear ? 1 : 0) + (show ? 1 : 0);
        if (actions != 1) {
            throw new ParameterException(spec.commandLine(), "one of --config FRAGMENT, --clear and --show");
        }
        if (device != null) {
            TargetOptions.requireName(spec, "device id", device);
        }
        if (group != null) {
            TargetOptions.requireName(spec, "group", group);
        }
    }

    private static boolean isSettled(Desired wanted, @Nullable Reported said) {
        return said != null
                && said.desiredVersion() >= wanted.version()
                && said.config().state() != Reported.State.TRIAL;
    }

    private int report(DesiredWatch session) {
        PrintWriter out = spec.commandLine().getOut();
        boolean good = true;
        Set<String> states = new HashSet<>();
        var table = new TextTable(Set.of(1), "DEVICE", "VERSION", "STATE", "REASON");
        for (Desired of : session.wanted().values()) {
            Reported said = session.reported(of.device());
            String state = state(of, said);
            states.add(state);
            String reason = said == null || said.desiredVersion() < of.version()
                    ? null
                    : said.config().reason();
            table.add(of.device(), of.version(), state, reason);
            good &= state.equals("in sync") || wait.isZero();
        }
        table.print(out);
        if (states.contains("pending")) {
            out.println("a device that is 'pending' takes it when it comes back: fulmar fleet configure --show");
        }
        if (states.contains("trial")) {
            out.println("a device on 'trial' goes back by itself when its new connection does not work:"
                    + " fulmar fleet configure --show");
        }
        out.flush();
        return good ? ExitCode.OK : ExitCode.FAILED;
    }

    private static String state(Desired wanted, @Nullable Reported said) {
        if (said == null || said.desiredVersion() < wanted.version()) {
            return "pending";
        }
        if (said.config().state() != Reported.State.ACTIVE) {
            return said.config().state().name().toLowerCase(Locale.ROOT);
        }
        return said.config().sha256().equals(wanted.config().sha256()) ? "in sync" : "changed";
    }

    private int show() {
        PrintWriter out = spec.commandLine().getOut();
        List<DesiredRow> rows = rows();
        if (json) {
            out.println(QueryJson.desired(rows));
            out.flush();
            return ExitCode.OK;
        }
        var table = new TextTable(Set.of(2, 3), "DEVICE", "STATE", "WANTED", "SEEN", "SET", "REPORTED", "REASON");
        for (DesiredRow row : rows) {
            table.add(
                    row.device(),
                    row.state(),
                    row.version() == 0 ? null : row.version(),
                    row.reportedVersion(),
                    row.setMillis() == null ? null : Times.text(row.setMillis()),
                    row.reportedMillis() == null ? null : Times.text(row.reportedMillis()),
                    row.reason());
        }
        table.print(out);
        if (device != null) {
            rows.forEach(row -> details(row, out));
        }
        out.flush();
        return ExitCode.OK;
    }

    private List<DesiredRow> rows() {
        if (service.elsewhere()) {
            try (ApiClient client = service.client(broker.data.directory(), System.getenv())) {
                return client.all(RemoteDesired.question(device, group)).stream()
                        .map(ApiRows::desired)
                        .toList();
            }
        }
        try (var queries = FleetQueries.open(broker.data.directory())) {
            return device == null && group == null
                    ? queries.desired(null)
                    : List.copyOf(devices().rows(queries).values());
        }
    }

    private static void details(DesiredRow row, PrintWriter out) {
        if (row.toml() != null && !row.toml().isEmpty()) {
            out.println();
            out.println(row.toml().stripTrailing());
        }
        if (row.reported() != null) {
            out.println();
            out.println(QueryJson.indented(row.reported()));
        }
    }
}
