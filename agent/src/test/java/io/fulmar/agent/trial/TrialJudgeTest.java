package io.fulmar.agent.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.pipeline.Latencies;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.config.UpdateSettings;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.SemanticVersion;
import io.fulmar.sync.wire.ModelRef;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a release on trial is judged by, case by case. */
class TrialJudgeTest {
    private static final Duration TRIAL = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofSeconds(1);

    @Test
    void itPassesWhenItsTimeIsOverAndItHasMadePredictions() {
        assertThat(judge(settings(0), manifest(null), tally(1000, 0, 100), tally(30, 0, 100), SHORT))
                .isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(settings(0), manifest(null), tally(1000, 0, 100), tally(30, 0, 100), TRIAL))
                .isInstanceOfSatisfying(Judgement.Passed.class, passed -> {
                    assertThat(passed.numbers().predictions()).isEqualTo(30);
                    assertThat(passed.numbers().memoryBytes()).isEqualTo(4711);
                });
        assertThat(judge(settings(0), manifest(null), List.of(), tally(0, 0, 100), TRIAL))
                .isInstanceOf(Judgement.GoesOn.class);
    }

    @Test
    void itPassesBeforeWhenItHasMadeSoManyPredictions() {
        assertThat(judge(settings(50), manifest(null), List.of(), tally(49, 0, 100), SHORT))
                .isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(settings(50), manifest(null), List.of(), tally(50, 0, 100), SHORT))
                .isInstanceOf(Judgement.Passed.class);
    }

    @Test
    void itFailsWhenMoreFramesFailThanMayAndThanDidBefore() {
        assertThat(judge(settings(0), manifest(null), tally(1000, 0, 100), tally(15, 4, 100), SHORT))
                .as("too few frames to say")
                .isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(settings(0), manifest(null), tally(1000, 0, 100), tally(16, 4, 100), SHORT))
                .isInstanceOfSatisfying(Judgement.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo("errors");
                    assertThat(failed.text()).isEqualTo("4 of 20 frames failed; before, 0 of 1000 did");
                    assertThat(failed.numbers().failures()).isEqualTo(4);
                });
        assertThat(judge(settings(0), manifest(null), tally(800, 200, 100), tally(160, 40, 100), SHORT))
                .as("no worse than before")
                .isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(settings(0), manifest(null), List.of(), tally(0, 3, 100), TRIAL))
                .as("nothing else came in all its time")
                .isInstanceOf(Judgement.Failed.class);
    }

    @Test
    void itFailsWhenItIsSlowerThanItsManifestAllows() {
        assertThat(judge(settings(0), manifest(1L), List.of(), tally(49, 0, 2_000), SHORT))
                .isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(settings(0), manifest(1L), List.of(), tally(60, 0, 2_000), SHORT))
                .isInstanceOfSatisfying(
                        Judgement.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("too-slow"));
        assertThat(judge(settings(0), manifest(3L), List.of(), tally(60, 0, 2_000), SHORT))
                .isInstanceOf(Judgement.GoesOn.class);
    }

    @Test
    void itFailsWhenItsLabelsAreSharedOutOtherwiseWhereThatIsJudged() {
        var before = labels(Map.of("normal", 900L, "fault", 100L));
        var same = labels(Map.of("normal", 181L, "fault", 19L));
        var other = labels(Map.of("normal", 20L, "fault", 180L));
        assertThat(judge(shift(0.25), manifest(null), before, same, SHORT)).isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(shift(0.25), manifest(null), before, other, SHORT))
                .isInstanceOfSatisfying(Judgement.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo("label-shift");
                    // (0.1 - 0.9) ln(0.1 / 0.9) + (0.9 - 0.1) ln(0.9 / 0.1)
                    assertThat(failed.numbers().labelShift())
                            .isCloseTo(3.5156, org.assertj.core.data.Offset.offset(1e-4));
                });
        assertThat(judge(shift(null), manifest(null), before, other, SHORT)).isInstanceOf(Judgement.GoesOn.class);
        assertThat(judge(shift(0.25), manifest(null), before, labels(Map.of("fault", 99L)), SHORT))
                .as("too few to say")
                .isInstanceOf(Judgement.GoesOn.class);
    }

    @Test
    void itFailsWhenItDoesNotComeBack() {
        var stuck = List.of(
                new PipelineTally("vibration", ref(), 5, 0, new Latencies(), Map.of(), 0, Duration.ofSeconds(11)));
        assertThat(judge(settings(0), manifest(null), List.of(), stuck, SHORT))
                .isInstanceOfSatisfying(Judgement.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo("hung");
                    assertThat(failed.text()).contains("vibration");
                });
        assertThat(judge(settings(0), manifest(1_000L), List.of(), stuck, SHORT))
                .as("its budget is a second, and twenty of those are not over")
                .isInstanceOf(Judgement.GoesOn.class);
    }

    @Test
    void itFailsWhenNothingComesForADay() {
        assertThat(judge(settings(0), manifest(null), List.of(), tally(0, 0, 100), Duration.ofHours(24)))
                .isInstanceOfSatisfying(
                        Judgement.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("no-frames"));
    }

    // ---- tools

    private static Judgement judge(
            UpdateSettings settings,
            ModelManifest manifest,
            List<PipelineTally> before,
            List<PipelineTally> since,
            Duration elapsed) {
        return new TrialJudge(settings, manifest).judge(before, since, elapsed, 4711);
    }

    private static UpdateSettings settings(long frames) {
        return new UpdateSettings(TRIAL, frames, 0.05, null, null, UpdateSettings.Load.BESIDE);
    }

    private static UpdateSettings shift(@Nullable Double most) {
        return new UpdateSettings(TRIAL, 0, 0.05, most, null, UpdateSettings.Load.BESIDE);
    }

    private static ModelManifest manifest(@Nullable Long latencyMillis) {
        return new ModelManifest(
                "some-model",
                Objects.requireNonNull(SemanticVersion.ofText("1.0.0")),
                1,
                null,
                null,
                List.of(new ModelManifest.FileEntry(ModelManifest.Role.MODEL, "a.tflite", "0".repeat(64), 1)),
                List.of(new ModelManifest.TensorEntry("in", "float32", List.of(1), null, null)),
                List.of(new ModelManifest.TensorEntry("out", "float32", List.of(1), null, null)),
                List.of(),
                new ModelManifest.Budgets(latencyMillis, null),
                List.of(),
                ModelManifest.RuntimeRange.ANY,
                null);
    }

    private static ModelRef ref() {
        return new ModelRef("some-model", "1.0.0", "0".repeat(64));
    }

    private static List<PipelineTally> tally(long predictions, long failures, long micros) {
        Latencies latencies = new Latencies();
        for (long i = 0; i < predictions; i++) {
            latencies.add(micros);
        }
        return List.of(new PipelineTally(
                "vibration", ref(), predictions, failures, latencies, Map.of("", predictions), 0, Duration.ZERO));
    }

    private static List<PipelineTally> labels(Map<String, Long> labels) {
        long predictions = labels.values().stream().mapToLong(Long::longValue).sum();
        return List.of(
                new PipelineTally("vibration", ref(), predictions, 0, new Latencies(), labels, 0, Duration.ZERO));
    }
}
