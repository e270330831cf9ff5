package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.Golden;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PreprocessSettings;
import io.fulmar.config.Processing;
import io.fulmar.config.RecordSettings;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.Quantization;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Score;
import io.fulmar.sync.wire.StageFailure;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole pipelines from a file to a prediction, of models that this project did not make. */
class RealModelsTest {
    private static final Processing.Steps PICTURE = new Processing.Steps(
            List.of(
                    new PreprocessSettings.DecodeImage(4_194_304),
                    new PreprocessSettings.Resize(
                            128,
                            128,
                            PreprocessSettings.Resize.Method.BILINEAR,
                            PreprocessSettings.Resize.Fit.STRETCH,
                            List.of(0, 0, 0)),
                    new PreprocessSettings.Pixels(PreprocessSettings.Pixels.Order.RGB, true)),
            List.of(new PostprocessSettings.TopK(3)));

    private static final Processing.Steps WORD = new Processing.Steps(
            List.of(
                    new PreprocessSettings.DecodeAudio(),
                    new PreprocessSettings.Resample(16_000),
                    new PreprocessSettings.Window(16_000, 16_000),
                    new PreprocessSettings.MicroFrontend(40, 125, 7_500, true)),
            List.of(new PostprocessSettings.Label(), new PostprocessSettings.TopK(4)));

    private static final String MOBILENET = "image/mobilenet_v1_0.25_128_quant.tflite";
    private static final String SPEECH = "keyword/micro_speech_quantized.tflite";
    private static final List<String> WORDS = List.of("silence", "unknown", "yes", "no");

    private final Notebook notebook = new Notebook();

    @Test
    void aCatIsACatAndAParrotAParrot() {
        run(MOBILENET, PICTURE, List.of(), files("image/cat.bmp", "image/parrot.jpg"));

        List<Prediction> predictions = notebook.predictions();
        assertThat(predictions).hasSize(2);
        assertThat(predictions.getFirst().top()).anySatisfy(score -> {
            assertThat(score.index()).isEqualTo(283);
            assertThat(score.score()).isGreaterThanOrEqualTo(0.25f);
        });
        Score best = predictions.get(1).top().getFirst();
        assertThat(best.index()).isEqualTo(89);
        assertThat(best.score()).isBetween(0.7f, 0.9f);
    }

    /** The bytes that the model is given are those of whoever made the golden case, pixel by pixel. */
    @Test
    void whatTheModelIsGivenIsTheGoldenInput() {
        LoadedModel model = model(MOBILENET, List.of(), PICTURE);
        try (Interpreter interpreter = model.interpreter();
                Pipeline pipeline = open(model, files("image/cat.bmp", "image/parrot.jpg"))) {
            for (String name : new String[] {"cat", "parrot"}) {
                pipeline.step(0);
                byte[] given = new byte[128 * 128 * 3];
                interpreter.input(0).readRaw(given);
                assertThat(given)
                        .isEqualTo(
                                Golden.sharedBytes("image/mobilenet_v1_0.25_128_quant__" + name + ".bilinear.in0.bin"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"yes,0.9", "no,0.9"})
    void aSpokenWordIsHeard(String word, float atLeast) {
        run(SPEECH, WORD, WORDS, files("keyword/" + word + "_1000ms.wav"));

        assertThat(notebook.predictions()).singleElement().satisfies(prediction -> {
            assertThat(prediction.label()).isEqualTo(word);
            assertThat(prediction.score()).isGreaterThan(atLeast);
        });
    }

    /** The same sound as a microphone gives it: bit by bit, and with something before and after it. */
    @Test
    void aSpokenWordIsHeardInAStreamOfSound() {
        byte[] wav = Golden.sharedBytes("keyword/yes_1000ms.wav");
        float[] sound = io.fulmar.agent.media.WavDecoder.decode(wav).samples();
        ScriptedSource microphone = new ScriptedSource(new FrameForm.Audio(16_000, FrameForm.ANY, false));
        float[] stream = Arrays.copyOf(sound, 4 * sound.length);
        for (int from = 0; from < stream.length; from += 1_600) {
            microphone.frame(new Content.Audio(16_000, Arrays.copyOfRange(stream, from, from + 1_600)));
        }
        Processing.Steps steps = new Processing.Steps(
                List.of(
                        new PreprocessSettings.Window(16_000, 4_000),
                        WORD.preprocess().getLast()),
                WORD.postprocess());

        run(SPEECH, steps, WORDS, microphone);

        assertThat(notebook.predictions()).hasSize((64_000 - 16_000) / 4_000 + 1);
        assertThat(notebook.predictions().getFirst().label()).isEqualTo("yes");
        assertThat(notebook.predictions().getLast().label()).isEqualTo("silence");
    }

    /** Four windows of one file are four predictions of one frame. */
    @Test
    void aLongFileIsHeardWindowByWindow() {
        byte[] wav = Golden.sharedBytes("keyword/no_1000ms.wav");
        byte[] twice = Arrays.copyOf(wav, wav.length + 32_000);
        System.arraycopy(wav, 44, twice, wav.length, 32_000);
        twice[41] = (byte) 0xFA; // the data chunk has 64,000 bytes
        Processing.Steps steps = new Processing.Steps(
                List.of(
                        new PreprocessSettings.DecodeAudio(),
                        new PreprocessSettings.Resample(16_000),
                        new PreprocessSettings.Window(16_000, 8_000),
                        WORD.preprocess().getLast()),
                WORD.postprocess());

        run(
                SPEECH,
                steps,
                WORDS,
                new ScriptedSource(new FrameForm.Encoded()).frame(new Content.Encoded(twice, "audio/wav")));

        assertThat(notebook.predictions())
                .hasSize(3)
                .extracting(Prediction::frame)
                .containsOnly(1L);
        assertThat(notebook.predictions().getFirst().label()).isEqualTo("no");
        assertThat(notebook.predictions().getLast().label()).isEqualTo("no");
    }

    /**
     * MLPerf Tiny's keyword spotting: its front end is tf.signal's, 30 ms every 20 ms, 40 bands, 10 coefficients. It takes the "no" of
     * the test data for a "go", at full volume, too; whether its own front end does so was not compared.
     */
    @Test
    void aWordIsHeardByAModelOfCepstralCoefficients() {
        Processing.Steps steps = new Processing.Steps(
                List.of(
                        new PreprocessSettings.DecodeAudio(),
                        new PreprocessSettings.Resample(16_000),
                        new PreprocessSettings.Window(16_000, 16_000),
                        new PreprocessSettings.Spectrum(
                                Duration.ofMillis(30),
                                Duration.ofMillis(20),
                                PreprocessSettings.Spectrum.Curve.HANN,
                                PreprocessSettings.Spectrum.Magnitude.MAGNITUDE,
                                PreprocessSettings.Spectrum.Levels.LN,
                                1e-6,
                                new PreprocessSettings.Spectrum.Mel(40, 20, 4_000, 10))),
                List.of(new PostprocessSettings.TopK(3), new PostprocessSettings.Label()));

        run(
                "keyword/kws_ref_model.tflite",
                steps,
                List.of("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown"),
                files("keyword/yes_1000ms.wav"));

        assertThat(notebook.predictions())
                .singleElement()
                .satisfies(prediction -> assertThat(prediction.label()).isEqualTo("yes"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void aDigitIsRead(int digit) {
        Processing.Steps steps = new Processing.Steps(
                List.of(
                        new PreprocessSettings.DecodeImage(1_000_000),
                        new PreprocessSettings.Resize(
                                28,
                                28,
                                PreprocessSettings.Resize.Method.AREA,
                                PreprocessSettings.Resize.Fit.LETTERBOX,
                                List.of(0, 0, 0)),
                        new PreprocessSettings.Pixels(PreprocessSettings.Pixels.Order.GREY, true)),
                List.of(new PostprocessSettings.TopK(1)));

        run("lstm/trained_lstm_int8.tflite", steps, List.of(), files("lstm/sample" + digit + ".png"));

        assertThat(notebook.predictions())
                .singleElement()
                .satisfies(prediction ->
                        assertThat(prediction.top().getFirst().index()).isEqualTo(digit));
    }

    /** The error is that between the golden input and the golden output of the autoencoder. */
    @Test
    void whatAnAutoencoderCannotReconstructIsAnAnomaly() {
        byte[] in = Golden.sharedBytes("anomaly/ad01_int8__ramp.in0.bin");
        byte[] out = Golden.sharedBytes("anomaly/ad01_int8__ramp.out0.ref.bin");
        LoadedModel model = model(
                "anomaly/ad01_int8.tflite",
                List.of(),
                new Processing.Steps(
                        List.of(),
                        List.of(new PostprocessSettings.Anomaly(
                                PostprocessSettings.Anomaly.Measure.MSE, 1.0, 4, 100, 10))));
        try (Interpreter interpreter = model.interpreter()) {
            Quantization input = interpreter.input(0).quantization();
            Quantization output = interpreter.output(0).quantization();
            float[] values = new float[in.length];
            double expected = 0;
            for (int i = 0; i < in.length; i++) {
                values[i] = input.scale(0) * (in[i] - input.zeroPoint(0));
                expected += Math.pow(output.scale(0) * (out[i] - output.zeroPoint(0)) - values[i], 2) / in.length;
            }
            try (Pipeline pipeline = open(model, new ScriptedSource(in.length).frame(values))) {
                pipeline.step(0);
            }
            assertThat(notebook.predictions().getFirst().label()).isEqualTo("anomaly");
            assertThat(notebook.predictions().getFirst().score())
                    .isCloseTo((float) expected, within((float) expected / 20));
        }
    }

    @Test
    void aFileThatIsNoPictureIsAFailureAndTheNextOneIsSeen() {
        ScriptedSource source = new ScriptedSource(new FrameForm.Encoded())
                .frame(new Content.Encoded(
                        Arrays.copyOf(Golden.sharedBytes("image/parrot.jpg"), 200_000), "image/jpeg"))
                .frame(new Content.Encoded(Golden.sharedBytes("keyword/yes_1000ms.wav"), "image/jpeg"))
                .frame(new Content.Encoded(Golden.sharedBytes("image/parrot.jpg"), "image/jpeg"));

        run(MOBILENET, PICTURE, List.of(), source);

        assertThat(notebook.failures())
                .extracting(StageFailure::stage, StageFailure::reason)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("preprocess", "the JPEG ends too early"),
                        org.assertj.core.api.Assertions.tuple(
                                "preprocess",
                                "this is a WAV or AVI file, not a picture; JPEG, PNG and BMP can be decoded"));
        assertThat(notebook.predictions())
                .singleElement()
                .satisfies(prediction -> assertThat(prediction.frame()).isEqualTo(3));
    }

    private static ScriptedSource files(String... names) {
        ScriptedSource source = new ScriptedSource(new FrameForm.Encoded());
        for (String name : names) {
            source.frame(new Content.Encoded(Golden.sharedBytes(name), ""));
        }
        return source;
    }

    private void run(String model, Processing.Steps steps, List<String> labels, ScriptedSource source) {
        LoadedModel loaded = model(model, labels, steps);
        try (Interpreter interpreter = loaded.interpreter();
                Pipeline pipeline = open(loaded, source)) {
            assertThat(interpreter).isNotNull();
            long now = 0;
            while (pipeline.step(now)) {
                now++;
            }
        }
    }

    private Pipeline open(LoadedModel model, ScriptedSource source) {
        PipelineSettings settings = new PipelineSettings(
                "p",
                "m",
                new SourceSettings.HostSystem(1, List.of()),
                null,
                null,
                List.of(),
                new RecordSettings(new RecordSettings.All(), Set.of()));
        return Pipeline.open(settings, model, source, notebook.context());
    }

    private static LoadedModel model(String name, List<String> labels, Processing.Steps steps) {
        ModelFile file = ModelFile.read(Golden.shared(name));
        return new LoadedModel(
                Interpreter.open(file, InterpreterOptions.DEFAULT),
                new ModelRef("m", "1", file.sha256()),
                labels,
                steps);
    }
}
