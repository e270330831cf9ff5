package io.fulmar.agent.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.TestPackages;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.LoopModel;
import io.fulmar.agent.pipeline.ScaleModel;
import io.fulmar.agent.run.Aside;
import io.fulmar.model.pack.Blobs;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.ModelManifest.Role;
import io.fulmar.model.pack.ModelManifest.Tolerance;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a release has to show before it is tried, with real models and the real interpreter. */
class ModelTestTest {
    private static final Path SAMPLE = TestPackages.SAMPLES.resolve("bearing-condition");

    private final Map<String, byte[]> files = new HashMap<>();
    private final Breadcrumbs breadcrumbs = Breadcrumbs.none();

    @Test
    void aSampleModelPassesAndItsTimeAndMemoryAreMeasured() throws IOException {
        assertThat(test(sample("normal", "normal"), ModelManifest.Budgets.NONE))
                .isInstanceOfSatisfying(TestResult.Passed.class, passed -> {
                    assertThat(passed.p95Micros()).isPositive();
                    assertThat(passed.memoryBytes()).isBetween(1L, 64L << 20);
                });
    }

    @Test
    void anotherOutputThanWasRecordedIsAGoldenMismatch() throws IOException {
        assertThat(test(sample("normal", "imbalance"), ModelManifest.Budgets.NONE))
                .isInstanceOfSatisfying(TestResult.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo("golden-mismatch");
                    assertThat(failed.text()).startsWith("golden case normal: ");
                });
    }

    @Test
    void moreMemoryThanTheManifestAllowsIsTooMuch() throws IOException {
        assertThat(test(sample("normal", "normal"), new ModelManifest.Budgets(null, 1L)))
                .isInstanceOfSatisfying(
                        TestResult.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("too-much-memory"));
    }

    @Test
    void anOutputThatIsNoNumberIsRefusedInAGoldenCase() {
        byte[] model = ScaleModel.bytes(1, Float.POSITIVE_INFINITY);
        assertThat(test(scale(model, 1), ModelManifest.Budgets.NONE))
                .isInstanceOfSatisfying(
                        TestResult.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("not-finite"));
        assertThat(test(scale(ScaleModel.bytes(1, 1), 1), ModelManifest.Budgets.NONE))
                .isInstanceOf(TestResult.Passed.class);
    }

    @Test
    void moreTimeThanTheManifestAllowsIsTooSlow() {
        byte[] model = LoopModel.bytes(0);
        ModelManifest slow = manifest(model, number(-20_000), number(0), new Tolerance(1e-6, null, false));
        assertThat(test(slow, ModelManifest.Budgets.NONE)).isInstanceOf(TestResult.Passed.class);
        assertThat(test(slow, new ModelManifest.Budgets(1L, null)))
                .isInstanceOfSatisfying(TestResult.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo("too-slow");
                    assertThat(failed.text()).contains("its manifest allows 1 ms");
                });
    }

    @Test
    void oneThatDoesNotComeBackKeepsNobodyWaiting() {
        byte[] model = LoopModel.bytes(0);
        ModelManifest hangs = manifest(model, number(LoopModel.SECONDS), number(0), new Tolerance(1e-6, null, false));
        Aside<TestResult> aside = Aside.begin("model-test", () -> test(hangs, ModelManifest.Budgets.NONE));

        assertThat(aside.result()).isNull();
        assertThat(aside.since()).isPositive();
    }

    // ---- tools

    private TestResult test(ModelManifest manifest, ModelManifest.Budgets budgets) {
        ModelManifest limited = new ModelManifest(
                manifest.name(),
                manifest.version(),
                manifest.release(),
                null,
                null,
                manifest.files(),
                manifest.inputs(),
                manifest.outputs(),
                manifest.golden(),
                budgets,
                List.of(),
                ModelManifest.RuntimeRange.ANY,
                null);
        Blobs blobs = (what, sha256, size) -> Objects.requireNonNull(files.get(sha256));
        ModelFile model = ModelFile.of(
                "model", Objects.requireNonNull(files.get(manifest.model().sha256())));
        return ModelTest.run(new VerifiedModel(limited, model), blobs, InterpreterOptions.DEFAULT, breadcrumbs);
    }

    private ModelManifest sample(String in, String out) throws IOException {
        return manifest(
                Files.readAllBytes(SAMPLE.resolve("bearing-condition.tflite")),
                Files.readAllBytes(SAMPLE.resolve("golden/" + in + ".in0.bin")),
                Files.readAllBytes(SAMPLE.resolve("golden/" + out + ".out0.bin")),
                new Tolerance(null, 16, true));
    }

    private ModelManifest scale(byte[] model, float value) {
        return manifest(model, number(value), number(value), new Tolerance(1e-6, null, false));
    }

    private static byte[] number(float value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array();
    }

    private ModelManifest manifest(byte[] model, byte[] in, byte[] out, Tolerance tolerance) {
        ModelFile file = ModelFile.of("model", model);
        return new ModelManifest(
                "some-model",
                Objects.requireNonNull(SemanticVersion.ofText("1.0.0")),
                1,
                null,
                null,
                List.of(
                        entry(Role.MODEL, "a.tflite", model),
                        entry(Role.GOLDEN, "golden/normal.in0.bin", in),
                        entry(Role.GOLDEN, "golden/normal.out0.bin", out)),
                file.description().inputs().stream()
                        .map(ModelManifest.TensorEntry::of)
                        .toList(),
                file.description().outputs().stream()
                        .map(ModelManifest.TensorEntry::of)
                        .toList(),
                List.of(new GoldenCase(
                        "normal", List.of("golden/normal.in0.bin"), List.of("golden/normal.out0.bin"), tolerance)),
                ModelManifest.Budgets.NONE,
                List.of(),
                ModelManifest.RuntimeRange.ANY,
                null);
    }

    private FileEntry entry(Role role, String name, byte[] bytes) {
        files.put(Digest.of(bytes), bytes);
        return new FileEntry(role, name, Digest.of(bytes), bytes.length);
    }
}
