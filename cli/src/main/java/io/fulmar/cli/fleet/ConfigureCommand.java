package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.Problem;
import io.fulmar.fleet.FleetClient;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    private static final Duration SETTLE = Duration.ofSeconds(1);
    private static final Duration KEPT_WITHIN = Duration.ofSeconds(5);
    private static final int FILTERS_MOST = 32;
    private static final long VERSION_MOST = 1L << 53;

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

    private final Map<String, Desired> desired = new HashMap<>();
    private final Map<String, Set<String>> signers = new HashMap<>();
    private final Map<String, Reported> reported = new HashMap<>();

    @Override
    public Integer call() {
        requireOneTarget();
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
        @Nullable SigningKey signer = key == null ? null : SigningKey.read(key);
        broker.resolve();
        requireSignature();
        Map<String, DesiredRow> rows = rows();
        Wire wire = new Wire(broker.topics());
        try (var client = broker.connect(filters(wire.topics(), rows.keySet()), message -> onMessage(wire, message))) {
            client.await(() -> false, SETTLE); // until the broker has said what it holds
            Map<String, Desired> wanted = new LinkedHashMap<>();
            for (DesiredRow row : rows.values()) {
                wanted.put(row.device(), set(client, wire.topics(), row, toml, signer));
            }
            requireKept(client, wanted);
            client.await(() -> wanted.values().stream().allMatch(this::isSettled), wait);
            return report(wanted);
        }
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

    /** Whom it is about, with what is known of them here. */
    private Map<String, DesiredRow> rows() {
        boolean database = broker.hasDatabase() && (broker.broker == null || broker.isServed());
        if (!database) {
            if (device == null) {
                throw new FleetException(
                        Category.PERMANENT,
                        "which devices are meant is not known in " + broker.data.directory(),
                        "name one device, or the fleet's data directory with --data");
            }
            return Map.of(device, unknown(device));
        }
        try (var queries = FleetQueries.open(broker.data.directory())) {
            return rows(queries);
        }
    }

    private Map<String, DesiredRow> rows(FleetQueries queries) {
        List<String> devices;
        if (device != null) {
            TargetOptions.requireKnown(queries, device);
            devices = List.of(device);
        } else {
            devices = group == null ? queries.names() : TargetOptions.members(queries, group);
        }
        Map<String, DesiredRow> rows = new LinkedHashMap<>();
        devices.forEach(name -> rows.put(name, unknown(name)));
        queries.desired(device).forEach(row -> rows.replace(row.device(), row));
        return rows;
    }

    private static DesiredRow unknown(String device) {
        return new DesiredRow(device, 0, null, null, List.of(), null, null, null, null, null, null, null);
    }

    private static List<String> filters(Topics topics, Set<String> devices) {
        if (devices.size() > FILTERS_MOST) {
            return List.of(topics.everyDesired(), topics.everyReported());
        }
        List<String> filters = new ArrayList<>();
        devices.forEach(name -> {
            filters.add(topics.desired(name));
            filters.add(topics.reported(name));
        });
        return filters;
    }

    private void onMessage(Wire wire, InboundMessage message) {
        if (message.payload().length == 0) {
            return;
        }
        try {
            switch (wire.topics().parse(message.topic())) {
                case Topic.Desired(String of) -> onDesired(of, message.payload());
                case Topic.Reported(String of) -> {
                    var envelope = new Envelope(
                            message.topic(), message.payload(), message.contentType(), message.userProperties());
                    if (wire.decodeUplink(envelope).message() instanceof Reported said) {
                        reported.put(of, said);
                    }
                }
                case null, default -> {
                    // nothing else was subscribed
                }
            }
        } catch (WireException | io.fulmar.model.trust.TrustException e) {
            spec.commandLine().getErr().println("fulmar: " + message.topic() + " cannot be read: " + e.getMessage());
        }
    }

    private void onDesired(String of, byte[] bytes) {
        boolean signed = Dsse.isEnvelope(bytes);
        Dsse envelope = signed ? Dsse.read(bytes) : null;
        Desired document = DesiredCodec.decode(envelope == null ? bytes : envelope.unverifiedPayload());
        desired.put(of, document);
        signers.put(of, envelope == null ? Set.of() : Set.copyOf(envelope.keyIds()));
    }

    /** Publishes a new version, unless the newest says the same already. */
    private Desired set(FleetClient client, Topics topics, DesiredRow row, String toml, @Nullable SigningKey signer) {
        Desired heard = desired.get(row.device());
        Desired.Config config = Desired.Config.of(toml);
        if (heard != null && heard.version() >= row.version() && heard.config().equals(config)) {
            Set<String> by = signers.getOrDefault(row.device(), Set.of());
            if (signer == null
                    ? by.isEmpty()
                    : by.contains(signer.verifyingKey().id())) {
                return heard;
            }
        }
        Reported said = reported.get(row.device());
        long newest = Math.max(row.version(), row.reportedVersion() == null ? 0 : row.reportedVersion());
        newest = Math.max(newest, heard == null ? 0 : heard.version());
        newest = Math.max(newest, said == null ? 0 : said.desiredVersion());
        if (newest >= VERSION_MOST) {
            throw new FleetException(
                    Category.PERMANENT,
                    "the version of " + row.device() + "'s desired state is " + newest + " and cannot rise any more",
                    "somebody published it by hand; enrol the device again");
        }
        var next = new Desired(newest + 1, row.device(), config, heard == null ? List.of() : heard.models());
        byte[] bytes = DesiredCodec.encode(next);
        byte[] message = signer == null
                ? bytes
                : Dsse.sign(DesiredCodec.PAYLOAD_TYPE, bytes, signer).toJson();
        if (message.length > Limits.CONTROL_BYTES) {
            throw new ParameterException(
                    spec.commandLine(),
                    "the fragment is too large: " + message.length + " bytes as a message, at most "
                            + Limits.CONTROL_BYTES);
        }
        client.send(topics.desired(row.device()), message, true);
        return next;
    }

    private boolean isSettled(Desired wanted) {
        Reported said = reported.get(wanted.device());
        return said != null
                && said.desiredVersion() >= wanted.version()
                && said.config().state() != Reported.State.TRIAL;
    }

    private void requireKept(FleetClient client, Map<String, Desired> wanted) {
        if (broker.isServed() && !client.await(() -> areKept(wanted), KEPT_WITHIN)) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the fleet service has not kept this: its trust root does not know the key, or somebody else set"
                            + " something newer at the same time",
                    "look with 'fulmar fleet configure --show' and at the log of the service");
        }
    }

    /** What nobody will believe need not be sent. */
    private void requireSignature() {
        if (key == null && broker.isServed()) {
            TrustRoot trust = FleetTrust.read(broker.data.directory());
            if (trust != null && trust.names(TrustRole.OPERATOR)) {
                throw new FleetException(
                        Category.PERMANENT,
                        "the trust root " + FleetTrust.file(broker.data.directory()) + " wants an operator's signature",
                        "sign with --key FILE");
            }
        }
    }

    private int report(Map<String, Desired> wanted) {
        PrintWriter out = spec.commandLine().getOut();
        boolean good = true;
        Set<String> states = new HashSet<>();
        var table = new TextTable(Set.of(1), "DEVICE", "VERSION", "STATE", "REASON");
        for (Desired of : wanted.values()) {
            String state = state(of);
            states.add(state);
            Reported said = reported.get(of.device());
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

    private String state(Desired wanted) {
        Reported said = reported.get(wanted.device());
        if (said == null || said.desiredVersion() < wanted.version()) {
            return "pending";
        }
        if (said.config().state() != Reported.State.ACTIVE) {
            return said.config().state().name().toLowerCase(Locale.ROOT);
        }
        return said.config().sha256().equals(wanted.config().sha256()) ? "in sync" : "changed";
    }

    private boolean areKept(Map<String, Desired> wanted) {
        try (var queries = FleetQueries.open(broker.data.directory())) {
            Map<String, Long> versions = new HashMap<>();
            queries.desired(device).forEach(row -> versions.put(row.device(), row.version()));
            return wanted.values().stream().allMatch(of -> versions.getOrDefault(of.device(), 0L) == of.version());
        }
    }

    private int show() {
        PrintWriter out = spec.commandLine().getOut();
        List<DesiredRow> rows;
        try (var queries = FleetQueries.open(broker.data.directory())) {
            rows = device == null && group == null
                    ? queries.desired(null)
                    : List.copyOf(rows(queries).values());
        }
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
