package io.fulmar.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.config.DriftSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.Processing;
import io.fulmar.config.RecordSettings;
import io.fulmar.config.SamplesSettings;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.Histogram;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From inputs to the reference in a package, and from there to the drift of a device. */
class ReferenceCommandTest {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/digit-reader");

    private static final List<String> LABELS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    private final StringWriter said = new StringWriter();

    @TempDir
    Path dir;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> all = Files.walk(SAMPLE)) {
            for (Path from : all.toList()) {
                Files.copy(
                        from,
                        dir.resolve("model").resolve(SAMPLE.relativize(from).toString()));
            }
        }
        Files.createDirectories(dir.resolve("inputs/seven"));
        Files.writeString(dir.resolve("inputs/seven/a.csv"), rows(1_000, 1, 0));
        Files.writeString(dir.resolve("later.csv"), rows(400, 2, 0));
        Files.writeString(dir.resolve("other.csv"), rows(400, 3, 3));
    }

    /** Rows of 64 numbers as the ink of digits has them. */
    private static String rows(int count, int seed, double shift) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < count; row++) {
            double ink = random.nextDouble(4, 12);
            for (int i = 0; i < 64; i++) {
                text.append(i == 0 ? "" : ",").append(random.nextDouble(0, ink) + shift);
            }
            text.append('\n');
        }
        return text.toString();
    }

    private int fulmar(String... args) {
        said.getBuffer().setLength(0);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(args);
    }

    private void reference() {
        assertThat(fulmar(
                        "model",
                        "reference",
                        dir.resolve("model").toString(),
                        dir.resolve("inputs").toString()))
                .as(said.toString())
                .isEqualTo(ExitCode.OK);
    }

    @Test
    void whatIsCountedComesWithThePackageAndDevicesMeasureDriftAgainstIt() throws IOException {
        String before = Files.readString(dir.resolve("model/model.toml"));
        reference();
        assertThat(said.toString()).contains("reference of 1000 predictions").contains("2 inputs");
        String once = Files.readString(dir.resolve("model/model.toml"));
        assertThat(once).startsWith(before.stripTrailing());
        reference();
        assertThat(Files.readString(dir.resolve("model/model.toml"))).isEqualTo(once);
        assertThat(fulmar(
                        "model",
                        "pack",
                        dir.resolve("model").toString(),
                        "-o",
                        dir.resolve("package").toString()))
                .as(said.toString())
                .isEqualTo(ExitCode.OK);

        ModelManifest.Reference reference = Objects.requireNonNull(
                PackageReader.open(dir.resolve("package")).manifest().reference());
        assertThat(reference.inputs()).extracting(Histogram::name).containsExactly("input mean", "input deviation");
        assertThat(Baseline.of(reference).numbers()).hasSize(3);

        assertThat(watched(reference, "later.csv").doing()).isEqualTo(DriftView.Doing.WATCHING);
        DriftView away = watched(reference, "other.csv");
        assertThat(away.doing()).isEqualTo(DriftView.Doing.DRIFTING);
        assertThat(away.reason()).contains("input mean");
        assertThat(watched(null, "other.csv").doing())
                .as("without a reference it is the usual")
                .isEqualTo(DriftView.Doing.WATCHING);
    }

    private DriftView watched(ModelManifest.@Nullable Reference reference, String rows) throws IOException {
        ModelFolder source = ModelFolder.read(dir.resolve("model"));
        PipelineSettings settings = new PipelineSettings(
                "digits",
                "digit-reader",
                new SourceSettings.HostSystem(1, List.of()),
                List.of(),
                List.of(new PostprocessSettings.Label()),
                List.of(),
                new RecordSettings(new RecordSettings.All(), Set.of()),
                null,
                PipelineSettings.Priority.NORMAL,
                new DriftSettings(true, DriftSettings.Reference.AUTO, 200, 200, 0.25, 0.2, Duration.ofHours(1)),
                SamplesSettings.NONE);
        ModelRef ref = new ModelRef("digit-reader", "1.0.0", source.model().sha256());
        try (Interpreter interpreter = Interpreter.open(source.model(), InterpreterOptions.DEFAULT);
                Pipeline pipeline = Pipeline.open(
                        settings,
                        reference == null
                                ? new LoadedModel(interpreter, ref, LABELS)
                                : new LoadedModel(interpreter, ref, LABELS, Processing.Steps.NONE, reference),
                        new ReferenceInputs(List.of(dir.resolve(rows)), false),
                        new PipelineContext((stream, record) -> {}, () -> new Stamp(0, 0, 1), "test"))) {
            for (long now = 1; pipeline.step(now); now++) {}
            return pipeline.counters().drift();
        }
    }

    @Test
    void whatCannotBeCountedIsSaidAndNothingIsChanged() throws IOException {
        String before = Files.readString(dir.resolve("model/model.toml"));
        Path empty = Files.createDirectories(dir.resolve("empty"));
        assertThat(fulmar("model", "reference", dir.resolve("model").toString(), empty.toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(said.toString()).contains("no .csv or .npy files");
        Files.writeString(empty.resolve("a.csv"), "1,2,3\n");
        assertThat(fulmar("model", "reference", dir.resolve("model").toString(), empty.toString()))
                .isEqualTo(ExitCode.FAILED);
        assertThat(said.toString()).contains("takes 64 values");
        assertThat(Files.readString(dir.resolve("model/model.toml"))).isEqualTo(before);
    }
}
