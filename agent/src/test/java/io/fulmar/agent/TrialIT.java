package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.pipeline.LoopModel;
import io.fulmar.agent.pipeline.ScaleModel;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.store.Inbox;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Reported;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases that pass their test and fail on trial, without any fleet: the one before them returns. */
class TrialIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String NAME = "loop";

    private final Path dir;
    private final Path state;
    private final List<String> crashes = new CopyOnWriteArrayList<>();

    TrialIT(@TempDir Path dir) throws IOException {
        this.dir = dir;
        this.state = dir.resolve("state");
        Files.createDirectory(state);
        Files.write(dir.resolve("model.tflite"), ScaleModel.bytes(1, 1));
    }

    @AfterEach
    void nothingCrashed() {
        assertThat(crashes).isEmpty();
    }

    @Test
    void oneWhoseFramesFailIsTakenBack() throws IOException {
        configure("-40000");
        try (EdgeAgent agent = open(dir, crashes)) {
            agent.start();
            await("predictions", () -> agent.snapshot().predictions() > 50);
            install(2, ScaleModel.bytes(1, 1e38f), ModelManifest.Budgets.NONE);

            Reported.Model told = rolledBack(agent);
            assertThat(told.reason()).matches("errors: \\d+ of \\d+ frames failed; before, 0 of \\d+ did");
            assertThat(told.framesDropped()).isZero();
            assertThat(told.swapMillis()).isNotNegative();
            assertThat(numbers(told).failures()).isGreaterThanOrEqualTo(20);
            runsTheFileAgain(agent);
            long failures = agent.snapshot().failures();
            awaitPredictions(agent);
            assertThat(agent.snapshot().failures()).isEqualTo(failures);
        }
    }

    @Test
    void oneThatIsTooSlowForWhatThisDeviceSeesIsTakenBackAndIsNotTriedAgainAfterAStart() throws IOException {
        configure("-40000");
        try (EdgeAgent agent = open(dir, crashes)) {
            agent.start();
            await("predictions", () -> agent.snapshot().predictions() > 50);
            install(2, LoopModel.bytes(0), new ModelManifest.Budgets(2L, null)); // zeros are quick

            Reported.Model told = rolledBack(agent);
            assertThat(told.reason()).startsWith("too-slow: 95 of 100 of ").contains("its manifest allows 2 ms");
            assertThat(numbers(told).p95Micros()).isGreaterThan(2_000);
            runsTheFileAgain(agent);
        }
        try (EdgeAgent agent = open(dir, crashes)) {
            agent.start();
            runsTheFileAgain(agent);
            assertThat(agent.releases())
                    .extracting(Reported.Model::state)
                    .containsExactly(Reported.ModelState.ROLLED_BACK);
        }
    }

    @Test
    void oneThatIsGoodIsTriedForItsTimeAndStays() throws IOException {
        configure("-40000");
        try (EdgeAgent agent = open(dir, crashes)) {
            agent.start();
            install(2, ScaleModel.bytes(1, 2), ModelManifest.Budgets.NONE);
            await(
                    "the release to be active",
                    () -> agent.releases().stream()
                            .anyMatch(it -> it.state() == Reported.ModelState.ACTIVE && it.framesDropped() == 0));
            assertThat(agent.models()).extracting(it -> it.version()).containsExactly("1.2.0");
            awaitPredictions(agent);
            assertThat(agent.snapshot().failures()).isZero();
        }
    }

    @Test
    void aDeviceThatCannotHoldTwoModelsRestsDuringTheTestAndRunsWhatComesOfIt() throws IOException {
        configure("-40000");
        Files.writeString(
                dir.resolve("device.toml"),
                Files.readString(dir.resolve("device.toml")).replace("[update]", "[update]\nload = \"in-place\""));
        try (EdgeAgent agent = open(dir, crashes)) {
            agent.start();
            await("predictions", () -> agent.snapshot().predictions() > 50);
            install(2, ScaleModel.bytes(1, 1), new ModelManifest.Budgets(null, 1L));
            await(
                    "the release to be rejected",
                    () -> agent.releases().stream()
                            .anyMatch(it -> it.state() == Reported.ModelState.REJECTED
                                    && String.valueOf(it.reason()).startsWith("too-much-memory")));
            runsTheFileAgain(agent);

            install(3, ScaleModel.bytes(1, 2), ModelManifest.Budgets.NONE);
            await(
                    "the release to be active",
                    () -> agent.releases().stream()
                            .anyMatch(it -> it.state() == Reported.ModelState.ACTIVE && it.framesDropped() == 0));
            assertThat(agent.models()).extracting(it -> it.version()).containsExactly("1.3.0");
            awaitPredictions(agent);
            assertThat(agent.snapshot().failures()).isZero();
        }
    }

    @Test
    void whoIsKilledThreeTimesDuringATrialReturnsToWhatRanBefore() throws IOException {
        configure("-40000");
        Files.writeString(
                dir.resolve("device.toml"),
                Files.readString(dir.resolve("device.toml")).replace("trial_frames = 200", "trial = \"1d\""));
        install(2, ScaleModel.bytes(1, 2), ModelManifest.Budgets.NONE);
        for (int i = 0; i < 3; i++) {
            try (Child child = new Child()) {
                assertThat(child.awaitLine("TRIAL", "ROLLED_BACK")).contains("TRIAL loop 1.2.0");
            }
        }
        try (Child child = new Child()) {
            assertThat(child.awaitLine("TRIAL", "ROLLED_BACK"))
                    .contains("ROLLED_BACK loop 1.2.0 crashed: the agent ended 3 times while it was not proved");
            assertThat(child.awaitLine("PREDICTIONS")).contains("of-the-file");
        }
    }

    @Test
    void oneWhoseFramesFailIsTakenBackThoughTheAgentWasKilledDuringItsTrial() throws IOException {
        configure("-40000");
        install(2, ScaleModel.bytes(1, 1e38f), ModelManifest.Budgets.NONE);
        try (Child child = new Child()) {
            child.awaitLine("TRIAL");
        }
        try (Child child = new Child()) {
            assertThat(child.awaitLine("ROLLED_BACK", "ACTIVE")).contains("ROLLED_BACK loop 1.2.0 errors");
            assertThat(child.awaitLine("PREDICTIONS")).contains("of-the-file");
        }
    }

    @Test
    void oneThatIsInstalledAgainIsTriedAgain() throws IOException {
        configure("-40000");
        try (EdgeAgent agent = open(dir, crashes)) {
            agent.start();
            for (int i = 1; i <= 2; i++) {
                long attempts = trials();
                install(2, ScaleModel.bytes(1, 1e38f), ModelManifest.Budgets.NONE);
                await("the trial", () -> trials() > attempts);
                await(
                        "its end",
                        () -> agent.releases().stream()
                                .map(Reported.Model::state)
                                .toList()
                                .equals(List.of(Reported.ModelState.ROLLED_BACK)));
                runsTheFileAgain(agent);
            }
        }
    }

    private long trials() {
        try {
            return Files.readString(state.resolve("models").resolve("journal"))
                    .lines()
                    .filter(line -> line.contains("\tattempt TRIAL "))
                    .count();
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void oneThatDoesNotComeBackOnAFrameIsLeftBehindAndTheOneBeforeRunsOn() throws IOException {
        configure(Float.toString(LoopModel.FOREVER));
        install(2, LoopModel.bytes(0), ModelManifest.Budgets.NONE);
        try (Child child = new Child()) {
            assertThat(child.awaitLine("ROLLED_BACK"))
                    .contains("ROLLED_BACK loop 1.2.0 hung: it does not come back in pipeline p");
            assertThat(child.awaitLine("PREDICTIONS")).contains("of-the-file");
        }
    }

    /** A device in a process of its own, which says how its releases stand, and which model predicts. */
    private final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader lines;
        private final List<String> said = new ArrayList<>();

        Child() throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-Dfulmar.root=" + System.getProperty("fulmar.root", ".."),
                            "-cp",
                            System.getProperty("java.class.path"),
                            TrialIT.class.getName(),
                            dir.toString())
                    .redirectErrorStream(true)
                    .start();
            lines = process.inputReader(StandardCharsets.UTF_8);
        }

        String awaitLine(String... starts) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                for (String start : starts) {
                    if (line.startsWith(start)) {
                        return line;
                    }
                }
            }
            throw new AssertionError("it ended: " + String.join("\n", said));
        }

        @Override
        public void close() {
            process.destroyForcibly();
            assertThat(process.onExit()
                            .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .join()
                            .isAlive())
                    .isFalse();
        }
    }

    /** Runs the device of a folder until it is killed, or has said enough. */
    public static void main(String[] args) {
        List<String> crashed = new CopyOnWriteArrayList<>();
        List<String> told = new ArrayList<>();
        long end = System.nanoTime() + 2 * PATIENCE.toNanos();
        try (EdgeAgent agent = open(Path.of(args[0]), crashed)) {
            agent.start();
            long before = 0;
            while (System.nanoTime() - end < 0 && crashed.isEmpty()) {
                for (Reported.Model it : agent.releases()) {
                    String line = it.state() + " " + it.name() + " " + it.version() + " " + it.reason();
                    if (!told.contains(line)) {
                        told.add(line);
                        System.out.println(line);
                        before = agent.snapshot().predictions();
                    }
                }
                if (!told.isEmpty() && agent.snapshot().predictions() > before + 20) {
                    before = Long.MAX_VALUE - 20;
                    System.out.println("PREDICTIONS of " + agent.models());
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
        System.out.println("crashed: " + crashed);
    }

    // ---- tools

    private void configure(String row) throws IOException {
        Files.writeString(dir.resolve("rows.csv"), row + "\n");
        Files.writeString(dir.resolve("device.toml"), """
                [device]
                id = "d"
                [state]
                dir = "state"
                [mqtt]
                url = "mqtt://127.0.0.1:1"
                [update]
                trial_frames = 200
                [[model]]
                name = "loop"
                file = "model.tflite"
                version = "of-the-file"
                [[pipeline]]
                name = "p"
                model = "loop"
                source = { type = "replay", path = "rows.csv", loop = true, rate = 50 }
                """);
    }

    private static EdgeAgent open(Path folder, List<String> crashes) {
        ConfigSources sources = ConfigSources.of(folder.resolve("device.toml"));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded ->
                EdgeAgent.open(
                        sources,
                        loaded.config(),
                        AgentOptions.standard(PahoLink::new)
                                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                                .drain(Duration.ofMillis(50)));
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private void install(int release, byte[] model, ModelManifest.Budgets budgets) throws IOException {
        Path folder = dir.resolve("package-" + release);
        if (!Files.exists(folder)) {
            TestPackages.write(folder, NAME, release, model, budgets);
        }
        new Inbox(state.resolve("models")).put(PackageReader.open(folder));
    }

    private static Reported.Model rolledBack(EdgeAgent agent) {
        await("the release to be taken back", () -> lastOf(agent) != null);
        Reported.Model told = lastOf(agent);
        assertThat(told).isNotNull();
        return told;
    }

    private static Reported.@Nullable Model lastOf(EdgeAgent agent) {
        return agent.releases().stream()
                .filter(it -> it.state() == Reported.ModelState.ROLLED_BACK)
                .findFirst()
                .orElse(null);
    }

    private static Reported.Numbers numbers(Reported.Model told) {
        assertThat(told.numbers()).isNotNull();
        return told.numbers();
    }

    private static void runsTheFileAgain(EdgeAgent agent) {
        await(
                "the file to run again",
                () -> agent.models().stream().anyMatch(it -> it.version().equals("of-the-file")));
        awaitPredictions(agent);
    }

    private static void awaitPredictions(EdgeAgent agent) {
        long before = agent.snapshot().predictions();
        await("predictions", () -> agent.snapshot().predictions() > before + 20);
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
