package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.store.Inbox;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device whose models come by package: what lies in its inbox, what it accepts, what it runs, and what it falls back to. */
class StoredModelsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAME = "bearing-condition";

    private final Path dir;
    private final Path state;
    private final Path trust;
    private final SigningKey key = SigningKey.generate();
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final AgentOptions options = AgentOptions.standard(PahoLink::new)
            .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
            .drain(Duration.ofMillis(50));

    StoredModelsIT(@TempDir Path dir) {
        this.dir = dir;
        this.state = dir.resolve("state");
        this.trust = dir.resolve("trust.json");
    }

    @BeforeEach
    void trustRoot() {
        trustRoot(1, key).write(trust);
    }

    @AfterEach
    void nothingCrashed() {
        assertThat(crashes).isEmpty();
    }

    @Test
    void aSignedPackageIsTestedAndTriedAndRunsThenAndItsLabelsAreThose() throws IOException {
        install(pack(1, 1, key));
        try (EdgeAgent agent = started(true, false)) {
            await("the release to be active", () -> active(agent).equals("1.1.0"));
            await("predictions", () -> agent.snapshot().predictions() > 3);
            assertThat(version(agent)).isEqualTo("1.1.0");
            assertThat(agent.snapshot().label()).isNotEmpty();
            assertThat(names(agent)).doesNotContain("model-missing", "model-store-damaged");
            assertThat(new Inbox(state.resolve("models")).packages()).isEmpty();
            install(pack(2, 1, key));
            await("the next, without a start", () -> active(agent).equals("1.2.0"));
            assertThat(version(agent)).isEqualTo("1.2.0");
        }
        try (EdgeAgent agent = open(true, false)) {
            assertThat(version(agent)).as("and at the next start").isEqualTo("1.2.0");
        }
    }

    @Test
    void whereReleasesMustBeSignedAFileNeverRunsAndTheDeviceWaitsForAPackage() throws IOException {
        try (EdgeAgent agent = open(true, true)) {
            agent.start();
            assertThat(agent.models()).isEmpty();
            assertThat(reason(agent, "model-missing")).contains("models must be signed here");
        }
        try (EdgeAgent agent = open(false, true)) { // it has kept the trust root
            assertThat(agent.models()).isEmpty();
        }
        try (EdgeAgent agent = started(true, true)) {
            assertThat(agent.models()).isEmpty();
            install(pack(1, 1, key));
            await("the package", () -> version(agent).equals("1.1.0"));
            await("predictions", () -> agent.snapshot().predictions() > 0);
            assertThat(names(agent)).doesNotContain("model-missing");
        }
    }

    @Test
    void withoutATrustRootAPackageRunsUnsignedAndTheFileRunsWithoutOne() throws IOException {
        try (EdgeAgent agent = started(false, true)) {
            assertThat(version(agent)).isEqualTo("of-the-file");
            install(pack(3, 1, null));
            await("the package", () -> active(agent).equals("1.3.0"));
            assertThat(version(agent)).isEqualTo("1.3.0");
        }
    }

    @Test
    void whatMayNotRunIsRefusedWithItsReasonAndWhatRanRunsOn() throws IOException {
        install(pack(5, 4, key));
        Path flipped = pack(8, 1, key);
        try (EdgeAgent agent = started(true, false)) {
            await("the first", () -> active(agent).equals("1.5.0"));
            install(pack(3, 1, key));
            awaitRefused(agent, "below-floor");
            install(pack(6, 1, SigningKey.generate()));
            awaitRefused(agent, "unknown-key");
            install(pack(7, 1, null));
            awaitRefused(agent, "unsigned");
        }
        install(flipped);
        Path blob = largest(state.resolve("models/inbox")
                .resolve(PackageReader.open(flipped).manifestDigest()));
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length / 2] ^= 1;
        Files.write(blob, bytes);
        try (EdgeAgent agent = started(true, false)) {
            awaitRefused(agent, "digest-mismatch");
            assertThat(version(agent)).isEqualTo("1.5.0");
        }
        assertThat(new Inbox(state.resolve("models")).packages()).isEmpty();
        delete(state.resolve("models")); // a wiped store brings nothing back that was withdrawn
        install(pack(3, 1, key));
        try (EdgeAgent agent = started(true, false)) {
            awaitRefused(agent, "below-floor");
            assertThat(agent.models()).isEmpty();
        }
    }

    @Test
    void aModelThatRotsGivesWayToTheOneBeforeAndTheStatusSaysSo() throws IOException {
        Path second = pack(2, 1, key);
        install(pack(1, 1, key));
        try (EdgeAgent agent = started(true, false)) {
            await("the first", () -> active(agent).equals("1.1.0"));
            install(second);
            await("the second", () -> active(agent).equals("1.2.0"));
        }
        // the sample's model is the same in both: rot what only the second has
        Path manifest = state.resolve("models/blobs/sha256")
                .resolve(PackageReader.open(second).manifestDigest());
        byte[] bytes = Files.readAllBytes(manifest);
        bytes[bytes.length / 2] ^= 4;
        Files.write(manifest, bytes);
        try (EdgeAgent agent = started(true, false)) {
            assertThat(version(agent)).isEqualTo("1.1.0");
            assertThat(reason(agent, "model-store-damaged"))
                    .contains("release 2")
                    .contains("release 1 runs instead");
            install(second);
            await("installing it again to mend it", () -> version(agent).equals("1.2.0"));
            await("the trial to end", () -> !names(agent).contains("model-store-damaged"));
        }
    }

    @Test
    void aModelThatDoesNotFitItsPipelineIsTakenBack() throws IOException {
        install(pack(1, 1, key));
        try (EdgeAgent agent = started(true, false)) {
            await("the first", () -> active(agent).equals("1.1.0"));
            install(pack(2, 1, key, "digit-reader"));
            awaitRefused(agent, "does-not-fit");
            assertThat(version(agent)).isEqualTo("1.1.0");
            assertThat(active(agent)).isEqualTo("1.1.0");
            long predictions = agent.snapshot().predictions();
            await("more predictions", () -> agent.snapshot().predictions() > predictions);
        }
    }

    @Test
    void aTrustRootThatCannotBeReadLetsNoModelRun() throws IOException {
        install(pack(1, 1, key));
        try (EdgeAgent agent = started(true, false)) {
            await("the release to be active", () -> active(agent).equals("1.1.0"));
        }
        Files.writeString(trust, "{");
        try (EdgeAgent agent = open(true, true)) {
            assertThat(agent.models()).isEmpty();
            assertThat(reason(agent, "model-missing")).contains("the trust root cannot be used");
        }
    }

    // ---- tools

    private static TrustRoot trustRoot(int version, SigningKey of) {
        var verifying = of.verifyingKey();
        return TrustRoot.of(
                version,
                List.of(new TrustRoot.Key(verifying, null)),
                Map.of(TrustRole.RELEASE, new TrustRoot.Signers(List.of(verifying.id()), 1)));
    }

    private Path pack(int release, int floor, @Nullable SigningKey signer) throws IOException {
        return pack(release, floor, signer, NAME);
    }

    private Path pack(int release, int floor, @Nullable SigningKey signer, String sample) throws IOException {
        return TestPackages.write(
                dir.resolve("package-" + release + "-" + System.nanoTime()), NAME, release, floor, signer, sample);
    }

    private void install(Path folder) {
        new Inbox(state.resolve("models")).put(PackageReader.open(folder));
    }

    private EdgeAgent started(boolean trusting, boolean withFile) throws IOException {
        EdgeAgent agent = open(trusting, withFile);
        agent.start();
        return agent;
    }

    private EdgeAgent open(boolean trusting, boolean withFile) throws IOException {
        String example = Files.readString(Examples.file("simulated.toml"));
        int from = example.indexOf("[[model]]");
        int to = example.indexOf("[[pipeline]]");
        String models = "[[model]]\nname = \"" + NAME + "\"\n";
        if (withFile) {
            Path sample = TestPackages.SAMPLES.resolve(NAME).toAbsolutePath().normalize();
            models += "file = \"" + sample.resolve(NAME + ".tflite") + "\"\nversion = \"of-the-file\"\nlabels = \""
                    + sample.resolve("labels.txt") + "\"\n";
        }
        if (trusting) {
            models += "[trust]\nroot = \"" + trust + "\"\n";
        }
        Path file = dir.resolve("device.toml");
        Files.writeString(file, example.substring(0, from) + models + example.substring(to));
        ConfigSources sources = ConfigSources.of(file)
                .overrides(Map.of(
                        "state.dir", state.toString(), "mqtt.url", "mqtt://127.0.0.1:1", "update.trial_frames", "30"));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private static String version(EdgeAgent agent) {
        return agent.models().stream().map(ModelRef::version).findFirst().orElse("none");
    }

    private static String active(EdgeAgent agent) {
        return agent.releases().stream()
                .filter(it -> it.state() == Reported.ModelState.ACTIVE)
                .map(Reported.Model::version)
                .findFirst()
                .orElse("none");
    }

    private static void awaitRefused(EdgeAgent agent, String reason) {
        await(
                reason,
                () -> agent.releases().stream()
                        .anyMatch(it -> it.reason() != null && it.reason().startsWith(reason + ": ")));
    }

    private static List<String> names(EdgeAgent agent) {
        return agent.conditions().stream().map(Status.Condition::name).toList();
    }

    private static String reason(EdgeAgent agent, String condition) {
        return agent.conditions().stream()
                .filter(it -> it.name().equals(condition))
                .map(Status.Condition::reason)
                .findFirst()
                .orElse("no such condition");
    }

    private static Path largest(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
