package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.query.ModelRow;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Reported;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

    @Override
    public Integer call() {
        requireOneTarget();
        ReleaseName name = ReleaseName.parse(spec, model);
        if (remove) {
            return remove(name);
        }
        Published release = name.findGood(new Catalog(broker.data.directory()).list());
        ReleaseSigners.require(broker.data.directory(), PackageReader.open(release.folder()));
        try (var session = open()) {
            session.change((before, version) -> assigned(before, version, release, session.reported(before.device())));
            var progress = new AssignProgress(release, session, shadow != null);
            PrintWriter out = json ? null : spec.commandLine().getOut();
            session.await(() -> progress.isDone(out), patience());
            return progress.report(spec.commandLine().getOut(), json, patience().isZero());
        }
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

    /** The document with the release in it, assigned anew where the device is not to go on with what it does about it. */
    private Desired assigned(Desired before, long version, Published release, @Nullable Reported reported) {
        long shadowMillis = shadow == null ? 0 : shadow.toMillis();
        List<Desired.Model> models = new ArrayList<>(before.models());
        for (Desired.Model there : models) {
            if (there.name().equals(release.manifest().name())
                    && there.equals(wanted(release, there.assigned(), shadowMillis))
                    && !isOver(there, reported)) {
                return before;
            }
        }
        models.removeIf(there -> there.name().equals(release.manifest().name()));
        models.add(wanted(release, version, shadowMillis));
        return before.with(version, models);
    }

    private static Desired.Model wanted(Published release, long assigned, long shadowMillis) {
        return new Desired.Model(
                release.manifest().name(),
                release.manifest().version().toString(),
                release.manifest().release(),
                release.manifestDigest(),
                release.manifestBytes(),
                release.statement(),
                assigned,
                shadowMillis);
    }

    /** Whether the device has done with what was assigned, and does not run it. */
    private static boolean isOver(Desired.Model there, @Nullable Reported reported) {
        Reported.Model said = AssignProgress.said(reported, there.name(), there.manifest(), there.assigned());
        if (said == null) {
            return false;
        }
        ModelRow.Course course = ModelRow.Course.of(said.state());
        return course == ModelRow.Course.FAILED || course == ModelRow.Course.WATCHED;
    }

    private int remove(ReleaseName name) {
        name.requireModelOnly(spec);
        try (var session = open()) {
            session.change((before, version) -> {
                List<Desired.Model> models = new ArrayList<>(before.models());
                models.removeIf(there -> there.name().equals(name.model()));
                return before.with(version, models);
            });
            PrintWriter out = spec.commandLine().getOut();
            session.wanted()
                    .keySet()
                    .forEach(it -> out.println(it + "  " + name.model() + " is assigned no longer; what runs stays"));
            out.flush();
            return ExitCode.OK;
        }
    }
}
