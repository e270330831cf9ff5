package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.drift.ReferenceKeeper;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.act.Acting;
import io.fulmar.config.DriftSettings;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.RecordSettings;
import io.fulmar.config.SamplesSettings;
import io.fulmar.config.SourceSettings;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private final List<SampleKeeper.Taken> taken = new ArrayList<>();
    private final List<Prediction> recorded = new ArrayList<>();
    private final List<LoadedModel> models = new ArrayList<>();
    private final List<PreprocessSettings> steps = new ArrayList<>();
    private RecordSettings.Policy policy = new RecordSettings.All();
    private long reserved;
    private long room = Long.MAX_VALUE;

    @AfterEach
    void close() {
        models.forEach(model -> model.interpreter().close());
    }

    @Test
    void whatTheModelWasNotSureOfIsKeptAsItCameWithTheReceiptOfItsPrediction() {
        steps.add(new PreprocessSettings.Scale(0.5, 0));
        stepAll(open(new SamplesSettings(0.6, false, 0, false, 60), row(1, 0.2f), row(1.8f, 0)));

        assertThat(taken).singleElement().satisfies(it -> {
            assertThat(it.rule()).isEqualTo(SampleRule.CONFIDENCE);
            assertThat(it.receipt().seq()).isEqualTo(1);
            assertThat(it.prediction().frame()).isEqualTo(1);
            assertThat(it.prediction().score()).isEqualTo(0.5f);
            assertThat(((Content.Values) it.content()).values()).containsExactly(1, 0.2f);
        });
    }

    @Test
    void anInputThatIsMadeOfSeveralFramesIsKeptAsTheModelGetsIt() {
        steps.add(new PreprocessSettings.Window(4, 4));
        stepAll(open(new SamplesSettings(0, false, 1, false, 60), row(1, 2), row(3, 4)));

        assertThat(taken).singleElement().satisfies(it -> {
            assertThat(it.rule()).isEqualTo(SampleRule.RANDOM);
            assertThat(((Content.Values) it.content()).values()).containsExactly(1, 2, 3, 4);
            assertThat(it.shape()).containsExactly(1, 4);
        });
    }

    @Test
    void aPredictionOfWhichTheInputIsKeptIsRecordedInAnyCase() {
        policy = new RecordSettings.Changes();
        stepAll(open(new SamplesSettings(0.5, false, 0, false, 60), row(1, 0), row(0.9f, 0), row(0.4f, 0)));

        assertThat(recorded).extracting(Prediction::frame).containsExactly(1L, 3L);
        assertThat(taken).extracting(it -> it.receipt().seq()).containsExactly(2L);
    }

    @Test
    void eachRuleKeepsNoMoreThanItMayAndLeavesTheOthersTheirs() {
        float[][] rows = new float[200][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row(i % 2 == 0 ? 0.1f : 1, 0);
        }
        stepAll(open(new SamplesSettings(0.5, false, 1, false, 60), rows));

        assertThat(taken).filteredOn(it -> it.rule() == SampleRule.CONFIDENCE).hasSize(10);
        assertThat(taken).filteredOn(it -> it.rule() == SampleRule.RANDOM).hasSize(10);
    }

    @Test
    void whileThereIsDriftInputsAreKept() {
        float[][] rows = new float[320][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row(1 + i % 7 / 10f + (i < 200 ? 0 : 3), 0);
        }
        stepAll(open(new SamplesSettings(0, false, 0, true, 60), rows));

        assertThat(taken).hasSize(10).allSatisfy(it -> {
            assertThat(it.rule()).isEqualTo(SampleRule.DRIFT);
            assertThat(it.prediction().frame()).isGreaterThan(300);
        });
    }

    @Test
    void whatAnotherModelSaysOtherwiseIsKeptWhenThatIsKnown() {
        policy = new RecordSettings.Every(1_000);
        List<ModelTap.Comparison> compared = new ArrayList<>();
        Pipeline pipeline =
                open(new SamplesSettings(0, true, 0, false, 60), row(1, 0), row(2, 0), row(3, 0), row(4, 0));
        pipeline.tappedBy((digest, input, output, labels, micros, comparison) -> {
            boolean takes = input[0] != 4;
            if (takes && comparison != null) {
                compared.add(comparison);
            }
            return takes;
        });
        stepAll(pipeline);
        assertThat(taken).isEmpty();
        assertThat(compared).hasSize(3);

        compared.get(0).compared(true);
        compared.get(2).compared(false);
        compared.get(2).compared(false);

        assertThat(taken).singleElement().satisfies(it -> {
            assertThat(it.rule()).isEqualTo(SampleRule.DISAGREEMENT);
            assertThat(it.prediction().frame()).isEqualTo(3);
            assertThat(((Content.Values) it.content()).values()).containsExactly(3, 0);
        });
        assertThat(recorded).extracting(Prediction::frame).containsExactly(1L, 3L);
    }

    @Test
    void withoutRoomNothingIsKeptAndThePipelineGoesOn() {
        room = 20;
        Pipeline pipeline =
                open(new SamplesSettings(0, false, 1, false, 60), row(1, 0), row(2, 0), row(3, 0), row(4, 0));
        stepAll(pipeline);

        assertThat(taken).hasSize(2);
        assertThat(reserved).isEqualTo(16);
        assertThat(pipeline.counters().predictions()).isEqualTo(4);
    }

    @Test
    void nothingIsKeptUnlessARuleSaysSo() {
        stepAll(open(SamplesSettings.NONE, row(0.1f, 0), row(0.2f, 0)));

        assertThat(taken).isEmpty();
        assertThat(recorded).hasSize(2);
    }

    private static float[] row(float... values) {
        return values;
    }

    private static void stepAll(Pipeline pipeline) {
        long now = 1;
        while (pipeline.step(now)) {
            now++;
        }
        pipeline.close();
    }

    private Pipeline open(SamplesSettings samples, float[]... rows) {
        ScriptedSource source = new ScriptedSource(2);
        for (float[] row : rows) {
            source.frame(row);
        }
        int size = steps.stream().anyMatch(PreprocessSettings.Window.class::isInstance) ? 4 : 2;
        LoadedModel model = ScaleModel.open(size, List.of("a", "b", "c", "d").subList(0, size), 1);
        models.add(model);
        PipelineSettings settings = new PipelineSettings(
                "p",
                "scale",
                new SourceSettings.HostSystem(1, List.of()),
                steps,
                List.of(new PostprocessSettings.Label()),
                List.of(),
                new RecordSettings(policy, Set.of()),
                null,
                PipelineSettings.Priority.NORMAL,
                new DriftSettings(true, DriftSettings.Reference.DEVICE, 100, 100, 0.25, 0.2, Duration.ofHours(1)),
                samples);
        PipelineContext context = new PipelineContext(
                new Committing(),
                () -> new Stamp(1_000, 10, 1),
                "test",
                Breadcrumbs.none(),
                Hardware.none(),
                Acting.none(),
                ReferenceKeeper.NONE,
                new Keeping());
        return Pipeline.open(settings, model, source, context);
    }

    /** Gives each record a receipt at once. */
    private final class Committing implements Recorder {
        @Override
        public void record(Stream stream, DeviceRecord record) {
            if (record instanceof Prediction prediction) {
                recorded.add(prediction);
            }
        }

        @Override
        public void record(Stream stream, DeviceRecord record, Fate fate) {
            record(stream, record);
            fate.recorded(new Receipt(1, stream, recorded.size()));
        }
    }

    private final class Keeping implements SampleKeeper {
        @Override
        public boolean reserve(long bytes) {
            if (reserved + bytes > room) {
                return false;
            }
            reserved += bytes;
            return true;
        }

        @Override
        public void release(long bytes) {
            reserved -= bytes;
        }

        @Override
        public void keep(Taken one) {
            taken.add(one);
        }
    }
}
