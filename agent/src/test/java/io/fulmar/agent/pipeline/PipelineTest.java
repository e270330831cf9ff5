package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.media.View;
import io.fulmar.config.ActSettings;
import io.fulmar.config.DriftSettings;
import io.fulmar.config.GuardSettings;
import io.fulmar.config.Log;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.Processing;
import io.fulmar.config.RecordSettings;
import io.fulmar.config.SamplesSettings;
import io.fulmar.config.SourceSettings;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.ModelStatistics;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Score;
import io.fulmar.sync.wire.StageFailure;
import io.fulmar.sync.wire.Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PipelineTest {
    private static final List<String> LABELS = List.of("calm", "shaky", "broken");
    private static final long MINUTE = 60_000_000_000L;

    private final Notebook notebook = new Notebook();
    private final List<LoadedModel> models = new ArrayList<>();
    private final List<PreprocessSettings> preprocess = new ArrayList<>();
    private final List<PostprocessSettings> postprocess = new ArrayList<>();
    private final List<ActSettings> act = new ArrayList<>();
    private boolean ownSteps = true;
    private @Nullable Duration deadline;
    private DriftSettings drift = DriftSettings.USUAL;
    private RecordSettings record = new RecordSettings(new RecordSettings.All(), Set.of());

    @AfterEach
    void close() {
        models.forEach(model -> model.interpreter().close());
    }

    @Test
    void aFrameBecomesAPredictionThatSaysWhereItCameFrom() {
        postprocess.add(new PostprocessSettings.Label());
        ScriptedSource source = new ScriptedSource(3).frame(0.1f, 0.7f, 0.2f);
        LoadedModel model = model(3, 1);

        assertThat(run(source, model).step(0)).isTrue();

        assertThat(notebook.predictions()).singleElement().satisfies(prediction -> {
            assertThat(prediction.pipeline()).isEqualTo("p");
            assertThat(prediction.source()).isEqualTo("scripted");
            assertThat(prediction.frame()).isEqualTo(1);
            assertThat(prediction.model()).isEqualTo(model.ref());
            assertThat(prediction.label()).isEqualTo("shaky");
            assertThat(prediction.labelIndex()).isEqualTo(1);
            assertThat(prediction.score()).isEqualTo(0.7f);
            assertThat(prediction.agentVersion()).isEqualTo("test");
            assertThat(prediction.at().wallMillis()).isEqualTo(1_000);
            assertThat(prediction.inputDigest()).isNotZero();
        });
        assertThat(notebook.streamsOf(Prediction.class)).containsExactly(Stream.DATA);
    }

    @Test
    void equalInputsHaveEqualDigestsAndOthersDoNot() {
        postprocess.add(new PostprocessSettings.Label());
        ScriptedSource source =
                new ScriptedSource(3).frame(1, 2, 3).frame(1, 2, 3).frame(1, 3, 2);

        runAll(source);

        List<Long> digests =
                notebook.predictions().stream().map(Prediction::inputDigest).toList();
        assertThat(digests.get(0)).isEqualTo(digests.get(1)).isNotEqualTo(digests.get(2));
    }

    @Test
    void whatAModelDoesIsTalliedFromTheDayItComesAndWhatItsSourceFailsInIsNotItsDoing() {
        postprocess.add(new PostprocessSettings.Label());
        ScriptedSource source = new ScriptedSource(3)
                .frame(1, 0, 0)
                .frame(Float.NaN, 0, 0)
                .fails("torn", "it is torn")
                .frame(Float.MAX_VALUE, 0, 0)
                .frame(0, 1, 0)
                .frame(1, 0, 0);
        Pipeline pipeline = run(source, model(3, 2));
        assertThat(pipeline.tally(0).framesDropped()).isEqualTo(-1);
        for (int i = 0; i < 5; i++) {
            pipeline.step(0);
        }

        PipelineTally before = pipeline.tally(0);
        assertThat(before.predictions()).isEqualTo(2);
        assertThat(before.failures()).as("the output that is not finite").isEqualTo(1);
        assertThat(before.labels()).isEqualTo(Map.of("calm", 1L, "shaky", 1L));
        assertThat(before.latencies().count()).isEqualTo(2);
        assertThat(before.inModel()).isZero();

        pipeline.exchange(model(3, 1));
        assertThat(pipeline.tally(0).predictions()).isZero();
        pipeline.step(0);
        PipelineTally after = pipeline.tally(0);
        assertThat(after.predictions()).isEqualTo(1);
        assertThat(after.framesDropped()).isZero();
        assertThat(before.predictions()).isEqualTo(2);
    }

    @Test
    void aFrameThatWaitedLongerThanItsDeadlineIsDroppedAndCountedAndSaid() {
        deadline = Duration.ofMillis(200);
        postprocess.add(new PostprocessSettings.Label());
        ScriptedSource source =
                new ScriptedSource(3).frame(1, 0, 0).frame(0, 1, 0).frame(0, 0, 1);
        Pipeline pipeline = run(source, model(3, 1));

        source.waited(200_000_000);
        pipeline.step(MINUTE);
        source.waited(201_000_000);
        pipeline.step(MINUTE);
        source.waited(0);
        pipeline.step(MINUTE);

        assertThat(notebook.predictions()).extracting(Prediction::label).containsExactly("calm", "broken");
        assertThat(pipeline.counters().lateFrames()).isEqualTo(1);
        assertThat(pipeline.counters().lastFailure())
                .isEqualTo("infer: a frame waited 201 ms, longer than its deadline of 200 ms, and was dropped");
        assertThat(pipeline.tally(0).failures())
                .as("it is not the model's doing")
                .isZero();
    }

    @Test
    void withoutPostprocessingTheOutputItselfIsRecorded() {
        runAll(new ScriptedSource(3).frame(1, 2, 4), 2);

        assertThat(notebook.predictions()).singleElement().satisfies(prediction -> {
            assertThat(prediction.values()).containsExactly(2f, 4f, 8f);
            assertThat(prediction.label()).isNull();
            assertThat(prediction.labelIndex()).isEqualTo(-1);
        });
    }

    @Test
    void softmaxAndTopKGiveTheBestClassesWithProbabilities() {
        postprocess.add(new PostprocessSettings.Softmax());
        postprocess.add(new PostprocessSettings.Label());
        postprocess.add(new PostprocessSettings.TopK(2));

        runAll(new ScriptedSource(3).frame(1, 200, 199));

        Prediction prediction = notebook.predictions().getFirst();
        assertThat(prediction.score()).isCloseTo(0.7311f, within(1e-3f));
        assertThat(prediction.top()).extracting(Score::label).containsExactly("shaky", "broken");
        assertThat(prediction.top().get(1).score()).isCloseTo(0.2689f, within(1e-3f));
    }

    @Test
    void topKOfEqualScoresKeepsTheOrderOfTheClasses() {
        postprocess.add(new PostprocessSettings.TopK(5));

        runAll(new ScriptedSource(3).frame(1, 3, 3));

        assertThat(notebook.predictions().getFirst().top())
                .extracting(Score::index)
                .containsExactly(1, 2, 0);
    }

    @Test
    void anUnsureModelGetsTheOtherName() {
        postprocess.add(new PostprocessSettings.Threshold(0.6, "unsure"));
        postprocess.add(new PostprocessSettings.Label());

        runAll(new ScriptedSource(3).frame(0.5f, 0.1f, 0).frame(0.9f, 0, 0));

        assertThat(notebook.predictions()).extracting(Prediction::label).containsExactly("unsure", "calm");
        assertThat(notebook.predictions()).extracting(Prediction::labelIndex).containsExactly(-1, 0);
    }

    @Test
    void debounceIgnoresOneOddFrameAndIsUndecidedAtFirst() {
        postprocess.add(new PostprocessSettings.Label());
        postprocess.add(new PostprocessSettings.Debounce(2, 3));
        ScriptedSource source = new ScriptedSource(3)
                .frame(1, 0, 0)
                .frame(1, 0, 0)
                .frame(0, 1, 0)
                .frame(1, 0, 0)
                .frame(0, 0, 1)
                .frame(0, 0, 1);

        runAll(source);

        assertThat(notebook.predictions())
                .extracting(Prediction::label)
                .containsExactly(null, "calm", "calm", "calm", "calm", "broken");
        assertThat(notebook.predictions().get(2).score()).isZero();
    }

    @Test
    void aFlickeringInputUnderDebounceIsOneChangeAndNotMany() {
        postprocess.add(new PostprocessSettings.Label());
        postprocess.add(new PostprocessSettings.Debounce(4, 5));
        record = new RecordSettings(new RecordSettings.Changes(), Set.of());
        ScriptedSource source = new ScriptedSource(3);
        for (int i = 0; i < 5; i++) {
            source.frame(1, 0, 0);
        }
        for (int i = 0; i < 50; i++) {
            source.frame(i % 2, (i + 1) % 2, 0);
        }

        runAll(source);

        assertThat(notebook.predictions()).extracting(Prediction::label).containsExactly(null, "calm");
    }

    @Test
    void anAlarmIsRecordedAsSuchWhenItIsRaisedReplacedAndCleared() {
        postprocess.add(new PostprocessSettings.Label());
        record = new RecordSettings(new RecordSettings.Every(1_000), Set.of("shaky", "broken"));
        act.add(new ActSettings.LogLine(
                "log",
                new ActSettings.Occasion(ActSettings.When.ALARM, List.of()),
                new GuardSettings(Duration.ZERO, 60, Duration.ZERO, null, true),
                Log.Level.DEBUG));
        ScriptedSource source = new ScriptedSource(3)
                .frame(1, 0, 0)
                .frame(0, 1, 0)
                .frame(0, 1, 0)
                .frame(0, 0, 1)
                .frame(1, 0, 0);
        Pipeline pipeline = run(source, model(3, 1));

        stepAll(pipeline);

        assertThat(notebook.predictions(Stream.ALARM))
                .extracting(Prediction::label)
                .containsExactly("shaky", "broken", "calm");
        assertThat(notebook.predictions(Stream.ALARM))
                .extracting(Prediction::alarm)
                .containsExactly(true, true, false);
        assertThat(notebook.predictions(Stream.ALARM))
                .allSatisfy(prediction -> assertThat(prediction.actions()).containsExactly("log"));
        assertThat(notebook.predictions(Stream.DATA))
                .extracting(Prediction::frame)
                .containsExactly(1L);
        assertThat(pipeline.counters().alarms()).isEqualTo(2);
    }

    @Test
    void theRecordPolicySaysWhichOfTheOthersAreKept() {
        postprocess.add(new PostprocessSettings.Label());
        record = new RecordSettings(new RecordSettings.Every(3), Set.of());
        ScriptedSource source = new ScriptedSource(3);
        for (int i = 0; i < 8; i++) {
            source.frame(1, 0, 0);
        }
        Pipeline pipeline = run(source, model(3, 1));

        stepAll(pipeline);

        assertThat(notebook.predictions()).extracting(Prediction::frame).containsExactly(1L, 4L, 7L);
        assertThat(pipeline.counters().predictions()).isEqualTo(8);
        assertThat(pipeline.counters().recorded()).isEqualTo(3);
    }

    @Test
    void windowsOverlapByWhatTheHopLeaves() {
        preprocess.add(new PreprocessSettings.Window(4, 2));
        ScriptedSource source = new ScriptedSource(1)
                .frame(1)
                .frame(2)
                .frame(3)
                .frame(4)
                .frame(5)
                .frame(6)
                .frame(7);
        Pipeline pipeline = run(source, model(4, 1));

        stepAll(pipeline);

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(1f, 2f, 3f, 4f), List.of(3f, 4f, 5f, 6f));
        assertThat(notebook.predictions()).extracting(Prediction::frame).containsExactly(4L, 6L);
    }

    @Test
    void aFrameThatSpansTheEndOfAWindowIsSplit() {
        preprocess.add(new PreprocessSettings.Window(4, 3));
        ScriptedSource source =
                new ScriptedSource(3).frame(1, 2, 3).frame(4, 5, 6).frame(7, 8, 9);

        stepAll(run(source, model(4, 1)));

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(1f, 2f, 3f, 4f), List.of(4f, 5f, 6f, 7f));
    }

    @Test
    void stepsAreAppliedInTheirOrder() {
        preprocess.add(new PreprocessSettings.Scale(2, 1));
        preprocess.add(new PreprocessSettings.Normalise(List.of(1.0, 3.0), List.of(2.0)));
        preprocess.add(new PreprocessSettings.Range(List.of(0.0), List.of(2.0, 4.0)));

        stepAll(run(new ScriptedSource(2).frame(1, 5).frame(100, -100), model(2, 1)));

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(0.5f, 1f), List.of(1f, 0f));
    }

    @Test
    void theZScoreOfAConstantFrameIsZeroAndNotUndefined() {
        preprocess.add(new PreprocessSettings.ZScore());

        stepAll(run(new ScriptedSource(2).frame(5, 5).frame(1, 3), model(2, 1)));

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(0f, 0f), List.of(-1f, 1f));
    }

    @Test
    void aFailingFrameIsRecordedAndTheNextOneGetsItsChance() {
        postprocess.add(new PostprocessSettings.Label());
        ScriptedSource source = new ScriptedSource(3)
                .fails("malformed row", "rows.csv line 1 has 2 values")
                .frame(1, Float.NaN, 0)
                .frame(0, 0, 1);

        runAll(source);

        assertThat(notebook.failures())
                .extracting(StageFailure::frame, StageFailure::stage, StageFailure::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, "source", "rows.csv line 1 has 2 values"),
                        org.assertj.core.groups.Tuple.tuple(2L, "infer", "input 1 of the model is NaN"));
        assertThat(notebook.streamsOf(StageFailure.class)).containsExactly(Stream.EVENT);
        assertThat(notebook.predictions()).extracting(Prediction::label).containsExactly("broken");
    }

    @Test
    void anOutputThatIsNoNumberIsAFailureAndNotALabel() {
        postprocess.add(new PostprocessSettings.Label());

        runAll(new ScriptedSource(3).frame(100, 0, 0).frame(0, 1, 0), 1e38f);

        assertThat(notebook.failures())
                .extracting(StageFailure::reason)
                .containsExactly("output 0 of the model is Infinity");
        assertThat(notebook.predictions()).extracting(Prediction::label).containsExactly("shaky");
    }

    @Test
    void aBrokenSensorCannotFloodTheStoreAndIsCountedAllTheSame() {
        ScriptedSource source = new ScriptedSource(3);
        for (int i = 0; i < 1_000; i++) {
            source.fails("timeout", "no answer within " + i);
        }
        Pipeline pipeline = run(source, model(3, 1));

        for (int i = 0; i < 1_000; i++) {
            pipeline.step(i);
        }
        assertThat(notebook.failures()).hasSize(10);
        assertThat(pipeline.counters().failures()).isEqualTo(1_000);

        pipeline.step(MINUTE + 1_000);
        assertThat(notebook.failures()).hasSize(11);
        assertThat(notebook.failures().getLast().reason())
                .isEqualTo("no answer within 999 (and 989 more of this kind before)");
        pipeline.step(10 * MINUTE);
        assertThat(notebook.failures()).hasSize(11);
    }

    @Test
    void aNewKindOfFailureIsHeardWhileAnotherOneRages() {
        ScriptedSource source = new ScriptedSource(3);
        for (int i = 0; i < 100; i++) {
            source.fails("timeout", "no answer");
        }
        source.fails("checksum", "garbled");

        runAll(source);

        assertThat(notebook.failures().getLast().reason()).isEqualTo("garbled");
    }

    @Test
    void whatASourceHasToSayIsAnEvent() {
        runAll(new ScriptedSource(3).says("no thermometer").frame(1, 2, 3));

        assertThat(notebook.events())
                .extracting(DeviceEvent::kind, DeviceEvent::detail)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("source.notice", "p: no thermometer"));
    }

    @Test
    void aStepWithoutAFrameIsNoWork() {
        assertThat(run(new ScriptedSource(3), model(3, 1)).step(0)).isFalse();
    }

    @Test
    void closingThePipelineClosesItsSource() {
        ScriptedSource source = new ScriptedSource(3);

        run(source, model(3, 1)).close();

        assertThat(source.closed()).isTrue();
    }

    @Test
    void aModelThatTakesOtherFramesIsRefusedWithBothSizesAndWhatToChange() {
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(64), model(3, 1)))
                .withMessage("pipeline p: model scale takes 3 values (float32 [1, 3]), but its frames have 64 after"
                        + " preprocessing")
                .satisfies(e -> assertThat(e.hint()).contains("type = \"window\", size = 3"));
    }

    @Test
    void allOutputsOfAModelAreRecordedUnlessOneIsSelected() {
        stepAll(run(new ScriptedSource(2).frame(1, 2), model(2, 1, -1, 10)));
        postprocess.add(new PostprocessSettings.Output(2));
        stepAll(run(new ScriptedSource(2).frame(1, 2), model(2, 1, -1, 10)));
        postprocess.add(new PostprocessSettings.TopK(1));
        stepAll(run(new ScriptedSource(2).frame(1, 2), model(2, 1, -1, 10)));

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(1f, 2f, -1f, -2f, 10f, 20f), List.of(10f, 20f), List.of());
        assertThat(notebook.predictions().getLast().top()).containsExactly(new Score("shaky", 1, 20));
    }

    @Test
    void stepsThatJudgeOneOutputAskWhichOfSeveral() {
        postprocess.add(new PostprocessSettings.Softmax());
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(2), model(2, 1, -1)))
                .withMessageContaining("model scale has 2 outputs, and postprocess step 1 (softmax) judges one");

        postprocess.addFirst(new PostprocessSettings.Output(2));
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(2), model(2, 1, -1)))
                .withMessageContaining("selects output 2, but model scale has 2, counted from 0");
    }

    @Test
    void aModelBringsItsStepsUnlessThePipelineSaysOthers() {
        Processing.Steps twice = new Processing.Steps(
                List.of(new PreprocessSettings.Scale(2, 0)), List.of(new PostprocessSettings.TopK(1)));
        stepAll(run(new ScriptedSource(2).frame(1, 3), brings(model(2, 1), twice)));
        assertThat(notebook.predictions().getFirst().values())
                .containsExactly(1f, 3f); // here it says that it wants none

        ownSteps = false;
        stepAll(run(new ScriptedSource(2).frame(1, 3), brings(model(2, 1), twice)));

        assertThat(notebook.predictions().getLast().top()).containsExactly(new Score("shaky", 1, 6));
    }

    @Test
    void aModelThatTakesThePlaceOfAnotherBringsItsOwnSteps() {
        ownSteps = false;
        Processing.Steps pairs = new Processing.Steps(List.of(new PreprocessSettings.Window(2, 1)), List.of());
        Processing.Steps threes = new Processing.Steps(
                List.of(new PreprocessSettings.Window(3, 1)), List.of(new PostprocessSettings.TopK(1)));
        ScriptedSource source = new ScriptedSource(1);
        for (int i = 1; i <= 8; i++) {
            source.frame(i);
        }
        Pipeline pipeline = run(source, brings(model(2, 1), pairs));
        for (int i = 0; i < 3; i++) {
            pipeline.step(0);
        }

        pipeline.exchange(brings(model(2, 10), pairs));
        pipeline.step(0);
        pipeline.exchange(brings(model(3, 1), threes));
        stepAll(pipeline);

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .startsWith(List.of(1f, 2f), List.of(2f, 3f), List.of(30f, 40f));
        assertThat(notebook.predictions().subList(3, 5))
                .as("another window begins anew")
                .extracting(Prediction::frame)
                .containsExactly(7L, 8L);
        assertThat(notebook.predictions().getLast().top()).containsExactly(new Score("broken", 2, 8));

        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> pipeline.exchange(brings(model(2, 1), threes)));
    }

    @Test
    void alarmLabelsNeedAStepThatNamesFrames() {
        ownSteps = false;
        record = new RecordSettings(new RecordSettings.All(), Set.of("broken"));

        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(3), model(3, 1)))
                .withMessageContaining("alarm_labels names labels, and no postprocess step gives any");
    }

    private void step(PreprocessSettings only) {
        preprocess.clear();
        preprocess.add(only);
    }

    private void refused(FrameForm frames, String says, String hint) {
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(frames), model(2, 1)))
                .withMessageContaining("pipeline p: preprocess step 1 " + says)
                .satisfies(e -> assertThat(e.hint()).contains(hint));
    }

    private static LoadedModel brings(LoadedModel model, Processing.Steps steps) {
        return new LoadedModel(model.interpreter(), model.ref(), model.labels(), steps);
    }

    @Test
    void sigmoidGivesEachOutputAProbabilityOfItsOwn() {
        postprocess.add(new PostprocessSettings.Sigmoid());
        postprocess.add(new PostprocessSettings.TopK(3));

        runAll(new ScriptedSource(3).frame(0, 2, -1));

        assertThat(notebook.predictions().getFirst().top())
                .extracting(Score::index)
                .containsExactly(1, 0, 2);
        assertThat(notebook.predictions().getFirst().top())
                .extracting(Score::score)
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6f ? 0 : 1)
                .containsExactly(0.880797f, 0.5f, 0.2689414f);
    }

    @Test
    void aClassThatWasSaidStaysUntilItsScoreIsBelowRelease() {
        postprocess.add(new PostprocessSettings.Threshold(List.of(0.6), List.of(0.4), "uncertain"));
        postprocess.add(new PostprocessSettings.Label());
        ScriptedSource source = new ScriptedSource(3)
                .frame(0.5f, 0.4f, 0.1f)
                .frame(0.7f, 0.2f, 0.1f)
                .frame(0.42f, 0.5f, 0.08f)
                .frame(0.3f, 0.5f, 0.2f)
                .frame(0.5f, 0.4f, 0.1f)
                .frame(0.3f, 0.65f, 0.05f);

        runAll(source);

        assertThat(notebook.predictions())
                .extracting(Prediction::label)
                .containsExactly("uncertain", "calm", "calm", "uncertain", "uncertain", "shaky");
        assertThat(notebook.predictions().get(2).score()).isEqualTo(0.42f);
    }

    @Test
    void eachClassMayHaveAThresholdOfItsOwn() {
        postprocess.add(new PostprocessSettings.Label());
        postprocess.add(new PostprocessSettings.Threshold(List.of(0.9, 0.5, 0.1), List.of(0.8, 0.5, 0.1), "unsure"));
        runAll(new ScriptedSource(3)
                .frame(0.85f, 0, 0)
                .frame(0, 0.55f, 0)
                .frame(0.95f, 0, 0)
                .frame(0.85f, 0.1f, 0));
        assertThat(notebook.predictions())
                .extracting(Prediction::label)
                .containsExactly("unsure", "shaky", "calm", "calm");

        postprocess.set(1, new PostprocessSettings.Threshold(List.of(0.9, 0.5), List.of(0.8), "unsure"));
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(3), model(3, 1)))
                .withMessageContaining("min of the threshold has 2 values, and the model 3 classes");
    }

    @Test
    void aFrameThatTheModelCannotReconstructIsAnAnomaly() {
        postprocess.add(new PostprocessSettings.Anomaly(PostprocessSettings.Anomaly.Measure.MSE, 1.5, 4, 100, 10));

        stepAll(run(new ScriptedSource(2).frame(2, 2).frame(4, 0), model(2, 0.5f)));

        assertThat(notebook.predictions())
                .extracting(Prediction::label, Prediction::labelIndex, Prediction::score)
                .containsExactly(tuple("normal", 0, 1f), tuple("anomaly", 1, 2f));
    }

    /** The threshold is that of the errors 1 and 3 in turn: their mean, 2, and four times their deviation, 1. */
    @Test
    void whatIsUsualTellsWhatIsNot() {
        postprocess.add(new PostprocessSettings.Anomaly(PostprocessSettings.Anomaly.Measure.MAE, null, 4, 1_000, 10));
        ScriptedSource source = new ScriptedSource(1);
        for (int i = 0; i < 200; i++) {
            source.frame(i % 2 == 0 ? 2 : 6);
        }
        source.frame(11.8f).frame(12.4f).frame(1_000).frame(2);

        stepAll(run(source, model(1, 0.5f)));

        List<Prediction> all = notebook.predictions();
        assertThat(all.subList(0, 200)).extracting(Prediction::label).containsOnly("normal");
        assertThat(all.subList(200, 204))
                .extracting(Prediction::label)
                .containsExactly("normal", "anomaly", "anomaly", "normal");

        postprocess.set(
                0, new PostprocessSettings.Anomaly(PostprocessSettings.Anomaly.Measure.OUTPUT, 1.0, 4, 100, 10));
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(2), model(2, 1)))
                .withMessageContaining("gives 2 numbers, and an anomaly by its output needs one");
    }

    @Test
    void segmentsAreTheShareOfThePictureThatEachClassHas() {
        Outcome outcome = new Outcome();
        outcome.of(List.of(new float[] {9, 1, 0, 8, 2, 1, 0, 0, 3, 5, 4, 4}), View.ALL);

        new Segments(3, 12).apply(outcome);

        assertThat(outcome.scores()).containsExactly(0.75f, 0, 0.25f);
        assertThat(outcome.index()).isZero();
        postprocess.add(new PostprocessSettings.Segments());
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(2), model(2, 1)))
                .withMessageContaining("has the shape [1, 2], and segments are [1, height, width, classes]");
    }

    @Test
    void vibrationIsFilteredAcrossFramesAndSaidInFeatures() {
        preprocess.add(new PreprocessSettings.MovingAverage(2, 1));
        preprocess.add(new PreprocessSettings.Features(
                List.of(PreprocessSettings.Features.Feature.MEAN, PreprocessSettings.Features.Feature.MAX),
                1,
                1,
                List.of()));

        stepAll(run(new ScriptedSource(2).frame(1, 3).frame(5, 9), model(2, 1)));

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(1.5f, 2f), List.of(5.5f, 7f));
    }

    @Test
    void rowsWithATimeBecomeWindowsOfAFixedRateAndAGapBeginsAnother() {
        preprocess.add(new PreprocessSettings.ResampleSeries(
                2,
                null,
                PreprocessSettings.ResampleSeries.Clock.MS,
                PreprocessSettings.ResampleSeries.Means.LINEAR,
                1,
                Duration.ofSeconds(3)));
        preprocess.add(new PreprocessSettings.Window(3, 3));

        stepAll(run(
                new ScriptedSource(2)
                        .frame(0, 10)
                        .frame(3_000, 16)
                        .frame(9_000, 100)
                        .frame(10_000, 102)
                        .frame(10_100, 500),
                model(3, 1)));

        assertThat(notebook.predictions())
                .extracting(Prediction::values)
                .containsExactly(List.of(10f, 11f, 12f), List.of(13f, 14f, 15f), List.of(100f, 101f, 102f));
        assertThat(notebook.failures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.toString()).contains("nothing came for 6.0 s"));
    }

    @Test
    void aFixedRateIsBroughtToAnotherChannelByChannel() {
        preprocess.add(new PreprocessSettings.ResampleSeries(
                1, 2.0, null, PreprocessSettings.ResampleSeries.Means.MEAN, 2, Duration.ofSeconds(1)));
        preprocess.add(new PreprocessSettings.Window(4, 4));

        stepAll(run(
                new ScriptedSource(4).frame(1, 10, 3, 30).frame(5, 50, 7, 70).frame(9, 90, 11, 110), model(4, 1)));

        assertThat(notebook.predictions()).extracting(Prediction::values).containsExactly(List.of(2f, 20f, 6f, 60f));
    }

    @Test
    void soundOfOneLengthIsNumbersToo() {
        preprocess.add(new PreprocessSettings.Window(4, 4));
        preprocess.add(new PreprocessSettings.Samples());
        preprocess.add(new PreprocessSettings.Features(
                List.of(PreprocessSettings.Features.Feature.RMS, PreprocessSettings.Features.Feature.PEAK_TO_PEAK),
                1,
                1,
                List.of()));

        stepAll(run(
                new ScriptedSource(new FrameForm.Audio(8_000, 4, false))
                        .frame(new Content.Audio(8_000, new float[] {0.5f, -0.5f, 0.5f, -0.5f})),
                model(2, 1)));

        assertThat(notebook.predictions()).extracting(Prediction::values).containsExactly(List.of(0.5f, 1f));
    }

    @Test
    void aStepThatCannotTakeWhatComesIsRefusedWithItsPlace() {
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(new FrameForm.Encoded()), model(2, 1)))
                .withMessage("pipeline p: a model takes numbers, but its source gives a file");
        step(new PreprocessSettings.Pixels(PreprocessSettings.Pixels.Order.RGB, false));
        refused(new FrameForm.Encoded(), "(pixels) takes pictures, but gets a file", "decode-image");
        refused(new FrameForm.Image(0, 0), "(pixels) gets pictures of any size", "resize");
        step(new PreprocessSettings.DecodeImage(1));
        refused(new FrameForm.Values(3), "(decode-image) takes files, but gets 3 numbers", "source of files");
        step(new PreprocessSettings.MicroFrontend(40, 125, 7_500, true));
        refused(new FrameForm.Encoded(), "(micro-frontend) takes sound, but gets a file", "decode-audio");
        refused(new FrameForm.Audio(0, 0, true), "(micro-frontend) gets sound of any rate", "resample");
        refused(new FrameForm.Audio(16_000, 0, true), "(micro-frontend) gets sound of any length", "window");
        refused(new FrameForm.Audio(8_000, 8_000, true), "(micro-frontend) goes up to 7500.0 Hz", "4000.0");
        refused(new FrameForm.Audio(16_000, 100, true), "(micro-frontend) needs more than 100 samples", "larger");
        step(new PreprocessSettings.Resample(8_000));
        refused(new FrameForm.Image(2, 2), "(resample) takes sound, but gets a picture of 2 x 2", "source of sound");
        refused(new FrameForm.Values(2), "(resample) takes sound, but gets 2 numbers", "say from or time");
        step(new PreprocessSettings.Samples());
        refused(new FrameForm.Audio(8_000, 0, true), "(samples) gets sound of any length", "window");
        step(new PreprocessSettings.Window(4, 4));
        refused(new FrameForm.Audio(0, 0, true), "(window) gets sound of any rate", "resample");
        preprocess.clear();

        preprocess.add(new PreprocessSettings.ZScore());
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(new FrameForm.Image(4, 3)), model(2, 1)))
                .withMessage("pipeline p: preprocess step 1 (normalise) takes numbers, but gets a picture of 4 x 3")
                .satisfies(e -> assertThat(e.hint()).contains("put a step before it"));
    }

    @Test
    void labelsChannelsAndHopsThatDoNotFitAreRefused() {
        postprocess.add(new PostprocessSettings.Label());
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(2), model(2, 1)))
                .withMessageContaining("has 2 classes, but its labels file names 3");

        preprocess.add(new PreprocessSettings.Normalise(List.of(1.0, 2.0), List.of(1.0)));
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(3), model(3, 1)))
                .withMessageContaining("mean has 2 values, which does not divide a frame of 3");

        preprocess.set(0, new PreprocessSettings.Window(8, 2));
        assertThatExceptionOfType(PipelineException.class)
                .isThrownBy(() -> run(new ScriptedSource(3), model(8, 1)))
                .withMessageContaining("would complete several windows with hop 2");
    }

    @Test
    void driftIsToldWhenItBeginsWithWhatWasCountedAndAnotherModelEndsIt() {
        postprocess.add(new PostprocessSettings.Label());
        drift = new DriftSettings(true, DriftSettings.Reference.AUTO, 100, 100, 0.25, 0.2, Duration.ofHours(1));
        ScriptedSource source = new ScriptedSource(3);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 301; i++) {
            float shift = i < 200 ? 0 : 1;
            source.frame((float) random.nextDouble() + shift, (float) random.nextDouble(), (float) random.nextDouble());
        }
        Pipeline pipeline = run(source, model(3, 1));
        for (int i = 0; i < 299; i++) {
            pipeline.step(i);
        }
        assertThat(notebook.events()).isEmpty();
        assertThat(pipeline.counters().drift().doing()).isEqualTo(DriftView.Doing.WATCHING);

        pipeline.step(299);

        assertThat(notebook.events()).singleElement().satisfies(event -> {
            assertThat(event.kind()).isEqualTo("drift.began");
            assertThat(event.detail()).startsWith("p: ").contains("input 0 PSI").endsWith("(model scale 1.0.0)");
        });
        assertThat(notebook.all(ModelStatistics.class)).singleElement().satisfies(row -> {
            assertThat(row.predictions()).isEqualTo(200);
            assertThat(row.window()).isEqualTo(100);
            assertThat(row.drifting()).isTrue();
            assertThat(row.model().name()).isEqualTo("scale");
        });
        assertThat(notebook.streamsOf(ModelStatistics.class)).containsExactly(Stream.DATA);
        assertThat(pipeline.counters().drift().doing()).isEqualTo(DriftView.Doing.DRIFTING);

        pipeline.exchange(model(3, 2));
        assertThat(notebook.events()).extracting(DeviceEvent::kind).containsExactly("drift.began", "drift.ended");
        pipeline.step(300);
        assertThat(pipeline.counters().drift().doing()).isEqualTo(DriftView.Doing.LEARNING);
    }

    @Test
    void whenItLearnsAnewWhatItSeesThenIsTheUsual() {
        postprocess.add(new PostprocessSettings.Label());
        drift = new DriftSettings(true, DriftSettings.Reference.AUTO, 100, 100, 0.25, 0.2, Duration.ofHours(1));
        ScriptedSource source = new ScriptedSource(3);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 600; i++) {
            float shift = i < 200 ? 0 : 1;
            source.frame((float) random.nextDouble() + shift, (float) random.nextDouble(), (float) random.nextDouble());
        }
        Pipeline pipeline = run(source, model(3, 1));
        for (int i = 0; i < 300; i++) {
            pipeline.step(i);
        }
        assertThat(pipeline.counters().drift().doing()).isEqualTo(DriftView.Doing.DRIFTING);

        assertThat(pipeline.learnAnew()).isTrue();
        assertThat(notebook.events()).extracting(DeviceEvent::kind).containsExactly("drift.began", "drift.ended");
        for (int i = 300; i < 600; i++) {
            pipeline.step(i);
        }
        assertThat(pipeline.counters().drift().doing()).isEqualTo(DriftView.Doing.WATCHING);
        assertThat(notebook.events()).hasSize(2);

        drift = new DriftSettings(false, DriftSettings.Reference.AUTO, 100, 100, 0.25, 0.2, Duration.ofHours(1));
        assertThat(run(new ScriptedSource(3), model(3, 1)).learnAnew()).isFalse();
    }

    private void runAll(ScriptedSource source) {
        runAll(source, 1);
    }

    private void runAll(ScriptedSource source, float factor) {
        stepAll(run(source, model(((FrameForm.Values) source.form()).size(), factor)));
    }

    private static void stepAll(Pipeline pipeline) {
        long now = 0;
        while (pipeline.step(now)) {
            now++;
        }
    }

    private LoadedModel model(int size, float... factors) {
        LoadedModel model = ScaleModel.open(size, LABELS, factors);
        models.add(model);
        return model;
    }

    private Pipeline run(ScriptedSource source, LoadedModel model) {
        PipelineSettings settings = new PipelineSettings(
                "p",
                "scale",
                new SourceSettings.HostSystem(1, List.of()),
                ownSteps ? preprocess : null,
                ownSteps ? postprocess : null,
                act,
                record,
                deadline,
                PipelineSettings.Priority.NORMAL,
                drift,
                SamplesSettings.NONE);
        return Pipeline.open(settings, model, source, notebook.context());
    }
}
