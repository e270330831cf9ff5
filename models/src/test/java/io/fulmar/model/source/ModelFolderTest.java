package io.fulmar.model.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The folder that a model is made in, and the package that comes of it. */
class ModelFolderTest {
    private static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    @TempDir
    Path dir;

    private Path folder = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        folder = dir.resolve("host-load");
        try (Stream<Path> all = Files.walk(SAMPLES.resolve("host-load"))) {
            for (Path file : all.toList()) {
                Path target = folder.resolve(SAMPLES.resolve("host-load").relativize(file));
                Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "digit-reader", "host-load"})
    void everySampleIsAPackageWhoseGoldenCasesComeOutWithBothKernels(String name) throws IOException {
        ModelFolder sample = ModelFolder.read(SAMPLES.resolve(name));
        PackageWriter.write(dir.resolve("p"), sample.manifest().toJson(), sample);
        PackageReader reader = PackageReader.open(dir.resolve("p"));

        assertThat(reader.manifest()).isEqualTo(sample.manifest());
        assertThat(reader.manifest().labels()).isNotNull();
        Verdict<VerifiedModel> verdict = ReleaseCheck.files(reader.manifest(), reader);
        assertThat(verdict).isInstanceOf(Verdict.Verified.class);
        VerifiedModel model = ((Verdict.Verified<VerifiedModel>) verdict).value();
        for (Delegate delegate : Delegate.values()) {
            try (Interpreter interpreter = Interpreter.open(model.model(), new InterpreterOptions(1, delegate))) {
                List<GoldenRun.Outcome> outcomes = GoldenRun.all(model.manifest(), reader, interpreter);
                assertThat(outcomes)
                        .hasSizeGreaterThanOrEqualTo(3)
                        .allSatisfy(outcome ->
                                assertThat(outcome.passed()).as(outcome.text()).isTrue());
            }
        }
    }

    @Test
    void anOutputThatIsNotTheRecordedOneFailsItsCaseAndNoOther() throws IOException {
        Path output = folder.resolve("golden/busy.out0.bin");
        byte[] bytes = Files.readAllBytes(output);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (bytes[i] + 40);
        }
        Files.write(output, bytes);

        assertThat(failed()).singleElement().satisfies(outcome -> {
            assertThat(outcome.name()).isEqualTo("busy");
            assertThat(outcome.text()).contains("quanta").contains("more than 16 quanta");
        });
    }

    @Test
    void aModelThatFindsAnotherLabelFailsWhereTheSameOneIsAskedFor() throws IOException {
        edit("quanta = 16\n", "");
        Files.copy(
                folder.resolve("golden/idle.out0.bin"),
                folder.resolve("golden/busy.out0.bin"),
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(failed())
                .singleElement()
                .satisfies(outcome -> assertThat(outcome.text()).contains("is largest at"));
    }

    @Test
    void aToleranceInRealUnitsIsMeasuredInThem() throws IOException {
        edit("quanta = 16", "absolute = 0.01");
        Path output = folder.resolve("golden/busy.out0.bin");
        byte[] bytes = Files.readAllBytes(output);
        bytes[2] = (byte) (bytes[2] + 2); // two quanta of 1/256
        Files.write(output, bytes);
        assertThat(failed()).isEmpty();

        bytes[2] = (byte) (bytes[2] + 2);
        Files.write(output, bytes);
        assertThat(failed())
                .singleElement()
                .satisfies(outcome -> assertThat(outcome.text()).contains("more than 0.01"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "release = 1|releas = 1|unknown property 'releas'",
                "release = 1|release = 0|'release'",
                "release = 1||'release'",
                "release = 1|release = 1]|model.toml:4:",
                "version = \"1.0.0\"|version = \"one\"|such as 1.2.3",
                "file = \"host-load.tflite\"|file = \"../x.tflite\"|may have",
                "file = \"host-load.tflite\"|file = \"/etc/passwd\"|may have",
                "size = 1152|size = 1153|size is not that of",
                "sha256 = \"beaf|sha256 = \"feaf|sha256 is not that of",
                "dtype = \"int8\"|dtype = \"float32\"|dtype is not that of",
                "[golden]|[gold]|unknown property 'gold'",
                "quanta = 16|quantum = 16|unknown property 'quantum'",
                "quanta = 16|quanta = \"16\"|'quanta'",
                "latency_millis = 100|latency_ms = 100|unknown property 'latency_ms'",
                "name = \"host-load\"|name = \"Host load\"|the name"
            })
    void aMistakeIsNamedWithItsFile(String good, @Nullable String bad, String message) throws IOException {
        edit(good, bad == null ? "" : bad);

        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(PackageException.class)
                .hasMessageContaining(message);
    }

    @Test
    void goldenCasesWithoutAToleranceAreRefused() throws IOException {
        edit("[golden]\nquanta = 16\nsame_top = true\n", "");

        assertThatThrownBy(() -> ModelFolder.read(folder)).hasMessageContaining("needs a table [golden]");
    }

    @Test
    void aGoldenCaseThatIsNotWholeIsRefused() throws IOException {
        Files.delete(folder.resolve("golden/busy.out0.bin"));
        assertThatThrownBy(() -> ModelFolder.read(folder)).hasMessageContaining("has no busy.out0.bin");

        Files.write(folder.resolve("golden/busy.out0.bin"), new byte[3]);
        Files.write(folder.resolve("golden/busy.out1.bin"), new byte[3]);
        assertThatThrownBy(() -> ModelFolder.read(folder)).hasMessageContaining("belongs to no tensor");

        Files.delete(folder.resolve("golden/busy.out1.bin"));
        Files.write(folder.resolve("golden/notes.txt"), new byte[3]);
        assertThatThrownBy(() -> ModelFolder.read(folder)).hasMessageContaining("not named as a golden case");
    }

    @Test
    void aFileThatIsNotThereIsNamed() throws IOException {
        Files.delete(folder.resolve("labels.txt"));

        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("labels.txt");
    }

    private List<GoldenRun.Outcome> failed() throws IOException {
        ModelFolder read = ModelFolder.read(folder);
        ModelManifest manifest = read.manifest();
        try (Interpreter interpreter = Interpreter.open(read.model(), InterpreterOptions.DEFAULT)) {
            return GoldenRun.all(manifest, read, interpreter).stream()
                    .filter(outcome -> !outcome.passed())
                    .toList();
        }
    }

    private void edit(String good, String bad) throws IOException {
        Path toml = folder.resolve("model.toml");
        String text = Files.readString(toml);
        assertThat(text).contains(good);
        Files.writeString(toml, text.replace(good, bad));
    }
}
