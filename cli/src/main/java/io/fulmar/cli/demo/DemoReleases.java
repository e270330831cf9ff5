package io.fulmar.cli.demo;

import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.Desired;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The releases of bearing-condition that a demo hands out, packed and signed with a key that it makes: the first one, which its
 * devices come with, a better one, two that they must undo, and one that only the fleet can see is bad. Immutable.
 *
 * @param first what the devices come with
 * @param later what is handed out while they run, in this order
 */
record DemoReleases(PackageReader first, List<Step> later, Map<String, String> dtypes) {
    private static final Duration LIFE = Duration.ofDays(1);

    /** How a release must end on every device. */
    enum End {
        ACTIVE,
        ROLLED_BACK,
        REJECTED
    }

    /** How a release comes to the devices. */
    enum Way {
        /** To all at once, by their desired state. */
        ASSIGNED,
        /** In waves, up to all. */
        ROLLED_OUT,
        /** In waves, of which only the first must be told. */
        STOPPED
    }

    /**
     * A release that is handed out while the devices run.
     *
     * @param what it is, for a person
     * @param end what must become of it on the devices that it comes to
     */
    record Step(String what, PackageReader release, Way way, End end) {}

    DemoReleases {
        later = List.copyOf(later);
        dtypes = Map.copyOf(dtypes);
    }

    /**
     * Makes the key, the packages, and the fleet's trust root, which wants that key.
     *
     * @param models where the samples and the faulty ones are
     * @param folder where the packages go
     * @param data the fleet's data directory
     */
    static DemoReleases make(Path models, Path folder, Path data) throws IOException {
        SigningKey key = SigningKey.generate();
        Files.createDirectories(data);
        TrustRoot.of(
                        1,
                        List.of(new TrustRoot.Key(key.verifyingKey(), "demo")),
                        Map.of(
                                TrustRole.RELEASE,
                                new TrustRoot.Signers(List.of(key.verifyingKey().id()), 1)))
                .write(FleetTrust.file(data));
        Files.createDirectories(folder);
        Path samples = models.resolve("samples");
        Path faulty = models.resolve("faulty");
        PackageReader first = pack(samples.resolve("bearing-condition"), folder, key);
        List<Step> later = List.of(
                new Step(
                        "the better release",
                        pack(samples.resolve("bearing-condition-1.1.0"), folder, key),
                        Way.ROLLED_OUT,
                        End.ACTIVE),
                new Step(
                        "a bad one (wrong weights)",
                        pack(faulty.resolve("bearing-condition-1.1.1"), folder, key),
                        Way.ASSIGNED,
                        End.REJECTED),
                new Step(
                        "a worse one (passes its golden cases, fails on live frames)",
                        pack(faulty.resolve("bearing-condition-1.2.0"), folder, key),
                        Way.ASSIGNED,
                        End.ROLLED_BACK),
                new Step(
                        "one that installs well and behaves badly (unsure of everything)",
                        pack(faulty.resolve("bearing-condition-1.3.0"), folder, key),
                        Way.STOPPED,
                        End.ACTIVE));
        List<PackageReader> all = new ArrayList<>(List.of(first));
        later.forEach(step -> all.add(step.release()));
        Map<String, String> dtypes = new TreeMap<>();
        for (PackageReader release : all) {
            var file = release.manifest().model();
            ModelFile model = ModelFile.of(file.name(), release.read(file.name(), file.sha256(), file.size()));
            dtypes.put(
                    model.sha256(),
                    model.description().inputs().getFirst().type().name().toLowerCase(Locale.ROOT));
        }
        return new DemoReleases(first, later, dtypes);
    }

    private static PackageReader pack(Path from, Path folder, SigningKey key) throws IOException {
        ModelFolder model = ModelFolder.read(from);
        Path target = folder.resolve(from.getFileName());
        PackageWriter.write(target, model.manifest().toJson(), model);
        PackageReader unsigned = PackageReader.open(target);
        long now = Instant.now().toEpochMilli();
        PackageWriter.sign(
                unsigned,
                ReleaseStatement.of(unsigned.manifestBytes(), 1, now, now + LIFE.toMillis())
                        .sign(key));
        return PackageReader.open(target);
    }

    /** How many times a device has to say what became of a release. */
    int due(int devices) {
        return devices
                        * (int) later.stream()
                                .filter(step -> step.way() != Way.STOPPED)
                                .count()
                + Math.min(1, devices);
    }

    /** Puts the first release where a device finds it when it starts. */
    void install(Path state) throws IOException {
        new Inbox(Files.createDirectories(state).resolve("models")).put(first);
    }

    /** Publishes a release: nothing but its files is needed for that, so that the devices have to find out what is wrong. */
    static void publish(Path data, PackageReader release) {
        new Catalog(data).publish(release, FleetTrust.read(data));
    }

    /** That release as a device's desired state names it. */
    static Desired.Model wanted(PackageReader release, long assigned) {
        return new Desired.Model(
                release.manifest().name(),
                release.manifest().version().toString(),
                release.manifest().release(),
                release.manifestDigest(),
                release.manifestBytes().length,
                new String(Objects.requireNonNull(release.statement()), StandardCharsets.UTF_8),
                assigned,
                0);
    }
}
