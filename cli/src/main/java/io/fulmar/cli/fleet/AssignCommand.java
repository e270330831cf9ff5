package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.command.Assignment;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Limits;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet assign}: says which release of a model devices are to run. Owned by the main thread. */
@Command(
        name = "assign",
        description = {
            "Says which published release of a model devices are to run, and shows what they make of it.",
            "A device downloads the release, checks and tests it, runs it on trial, and goes back by itself if it is bad."
                    + " One that is off takes it when it comes back; only the newest counts."
        },
        footer = {
            "",
            "The exit code is 0 when it is active on every device (with --shadow: was watched on every device), and 1 when"
                    + " it was turned down on one, or is not done in time. A release that was turned down is tried again"
                    + " when it is assigned again. See docs/models.md."
        })
final class AssignCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(
            paramLabel = "MODEL[:VERSION|@RELEASE]",
            description = "The model, and its version or release number; default: the newest that was published.")
    String model = "";

    @Option(names = "--device", paramLabel = "D", description = "This device.")
    @Nullable
    String device;

    @Option(names = "--group", paramLabel = "G", description = "Every device that is of this group now.")
    @Nullable
    String group;

    @Option(names = "--all", description = "Every device that this fleet knows now.")
    boolean everyDevice;

    @Option(
            names = "--shadow",
            paramLabel = "D",
            converter = Durations.class,
            description =
                    "Only run it beside the active release for so long, at most 30d, and report how they compare.")
    @Nullable
    Duration shadow;

    @Option(names = "--remove", description = "Assign the model no longer; what a device runs of it stays.")
    boolean remove;

    @Option(names = "--key", paramLabel = "FILE", description = "Sign with this private key of an operator.")
    @Nullable
    Path key;

    @Option(
            names = "--wait",
            paramLabel = "D",
            converter = Durations.class,
            description =
                    "How long to wait until it is done, 0s for not at all; default: 30m, and the time of --shadow.")
    @Nullable
    Duration wait;

    @Option(names = "--json", description = "Print one JSON object at the end, and nothing before.")
    boolean json;

    @Mixin
    BrokerOptions broker = new BrokerOptions();

    @Mixin
    UrlOptions service = new UrlOptions();

    @Override
    public Integer call() {
        requireOneTarget();
        service.requireAlone(spec, broker, key);
        ReleaseName name = ReleaseName.parse(spec, model);
        if (service.elsewhere()) {
            return remote(name);
        }
        if (remove) {
            return remove(name);
        }
        Published release = name.findGood(new Catalog(broker.data.directory()).list());
        ReleaseSigners.require(broker.data.directory(), PackageReader.open(release.folder()));
        try (var session = open()) {
            var assignment = new Assignment(wanted(release), shadow == null ? 0 : shadow.toMillis());
            session.change((before, version) -> assignment.in(before, version, session.reported(before.device())));
            return watched(wanted(release), session);
        }
    }

    private int watched(Desired.Model release, DesiredWatch watch) {
        var progress = new AssignProgress(release, watch, shadow != null);
        PrintWriter out = json ? null : spec.commandLine().getOut();
        watch.await(() -> progress.isDone(out), patience());
        return progress.report(spec.commandLine().getOut(), json, patience().isZero());
    }

    private int remote(ReleaseName name) {
        if (remove) {
            name.requireModelOnly(spec);
        }
        String request = QueryJson.object(body -> {
            body.writeStringProperty("model", name.model());
            if (name.version() != null) {
                body.writeStringProperty("version", name.version());
            }
            if (name.release() > 0) {
                body.writeNumberProperty("release", name.release());
            }
            if (shadow != null) {
                body.writeNumberProperty("shadowSeconds", Math.max(1, shadow.toSeconds()));
            }
            if (remove) {
                body.writeBooleanProperty("remove", true);
            }
            TargetOptions.write(body, device, group);
        });
        try (ApiClient client = service.client(broker.data.directory(), System.getenv())) {
            JsonTree answer = JsonTree.read(client.post(ApiClient.path("assignments"), request));
            var release = new Desired.Model(
                    name.model(),
                    String.valueOf(answer.text("version")),
                    answer.number("release", 0),
                    String.valueOf(answer.text("manifest")),
                    0,
                    null);
            var watch = new RemoteDesired(
                    client,
                    RemoteDesired.question(device, group),
                    answer,
                    told -> new Desired(
                            told.number("desired", 0),
                            String.valueOf(told.text("device")),
                            Desired.Config.of(""),
                            remove ? List.of() : List.of(assigned(release, told.number("assigned", 0)))),
                    spec.commandLine().getErr());
            int code = remove ? removed(name.model(), watch) : watched(release, watch);
            return watch.refused() ? ExitCode.FAILED : code;
        }
    }

    private static Desired.Model assigned(Desired.Model release, long version) {
        return new Desired.Model(
                release.name(),
                release.version(),
                release.release(),
                release.manifest(),
                release.size(),
                release.statement(),
                version,
                0);
    }

    private DesiredSession open() {
        @Nullable SigningKey signer = key == null ? null : SigningKey.read(key);
        broker.resolve();
        return new DesiredSession(
                broker,
                new Devices(device, group).rows(broker),
                signer,
                spec.commandLine().getErr());
    }

    private Duration patience() {
        if (wait != null) {
            return wait;
        }
        Duration most = Duration.ofMinutes(30);
        return shadow == null ? most : most.plus(shadow);
    }

    private void requireOneTarget() {
        int targets = (device == null ? 0 : 1) + (group == null ? 0 : 1) + (everyDevice ? 1 : 0);
        if (targets != 1) {
            throw new ParameterException(spec.commandLine(), "one of --device D, --group G and --all");
        }
        if (device != null) {
            TargetOptions.requireName(spec, "device id", device);
        }
        if (group != null) {
            TargetOptions.requireName(spec, "group", group);
        }
        if (shadow != null && (shadow.isZero() || shadow.toMillis() > Limits.SHADOW_MILLIS)) {
            throw new ParameterException(spec.commandLine(), "--shadow is at most 30d, and more than 0s");
        }
        if (remove && shadow != null) {
            throw new ParameterException(spec.commandLine(), "one of --remove and --shadow");
        }
    }

    private static Desired.Model wanted(Published release) {
        return new Desired.Model(
                release.manifest().name(),
                release.manifest().version().toString(),
                release.manifest().release(),
                release.manifestDigest(),
                release.manifestBytes(),
                release.statement());
    }

    private int remove(ReleaseName name) {
        name.requireModelOnly(spec);
        try (var session = open()) {
            session.change((before, version) -> Assignment.without(name.model(), before, version));
            return removed(name.model(), session);
        }
    }

    private int removed(String of, DesiredWatch watch) {
        PrintWriter out = spec.commandLine().getOut();
        watch.wanted().keySet().forEach(it -> out.println(it + "  " + of + " is assigned no longer; what runs stays"));
        out.flush();
        return ExitCode.OK;
    }
}
