package io.fulmar.training;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.training.card.Markdown;
import io.fulmar.training.card.SampleFolder;
import io.fulmar.training.data.Example;
import io.fulmar.training.data.VibrationWindows;
import io.fulmar.training.evaluate.Classifier;
import io.fulmar.training.evaluate.Confusion;
import io.fulmar.training.evaluate.Reference;
import io.fulmar.training.evaluate.TfliteClassifier;
import io.fulmar.training.learn.DjlTrainer;
import io.fulmar.training.learn.DjlTrainer.Lesson;
import io.fulmar.training.learn.Schooling;
import io.fulmar.training.network.Network;
import io.fulmar.training.quantize.QuantizedNetwork;
import io.fulmar.training.quantize.TfliteWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sample models: trains, quantizes, judges and writes each folder. Arguments: which models (a comma between two), the
 * digits' file, the folder of the samples, and that of the models whose last layer alone was taught again. Run by models/training/train.sh. Owned by the training run.
 */
public final class Train {
    private static final double[] SEVERITY_BANDS = {0.1, 0.2, 0.3, 0.5, 0.7, 1.001};

    private final PrintStream log;
    private final Path samples;

    private Train(PrintStream log, Path samples) {
        this.log = log;
        this.samples = samples;
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            throw new IllegalArgumentException("arguments: MODELS DIGITS-FILE SAMPLES-FOLDER LAST-LAYERS-FOLDER");
        }
        Path digits = Path.of(args[1]);
        Path lastLayers = Path.of(args[3]);
        Train train = new Train(System.out, Path.of(args[2]));
        for (String model : args[0].split(",", -1)) {
            switch (model) {
                case "bearing-condition" -> train.make(BearingCondition.sample());
                case "bearing-condition-1.1.0" -> train.make(BearingCondition.next());
                case "bearing-condition-last-layer" ->
                    train.again(BearingCondition.sample(), BearingCondition.lastLayer(), lastLayers);
                case "digit-reader" -> train.make(DigitReader.sample(digits));
                case "digit-reader-last-layer" ->
                    train.again(DigitReader.sample(digits), DigitReader.lastLayer(digits), lastLayers);
                case FaultyReleases.NAME ->
                    FaultyReleases.make(train.log, train.samples, train.samples.resolveSibling("faulty"));
                case HostLoad.NAME -> HostLoad.make(train.log, train.samples);
                default -> throw new IllegalArgumentException("no recipe for a model " + model);
            }
        }
    }

    private void make(Sample sample) throws IOException {
        log.printf(
                Locale.ROOT,
                "%s: %d parameters, %d examples to learn from, %d held out%n",
                sample.name(),
                sample.architecture().parameters(),
                sample.training().size(),
                sample.heldOut().size());
        Network network = learn(sample, null);
        Classifier ofNetwork = input -> Classifier.best(network.logits(held(sample, input)));
        Confusion before = ofNetwork.judge(sample.heldOut(), sample.labels().size());
        log.printf(Locale.ROOT, "float, held out: %.4f%n", before.accuracy());
        SampleFolder folder = new SampleFolder(
                samples.resolve(sample.folder()), sample.name(), sample.version(), sample.release(), sample.title());
        ModelFile model = folder.model(quantize(sample, sample.version(), network));
        try (TfliteClassifier shipped = new TfliteClassifier(model, Delegate.XNNPACK)) {
            Confusion after = shipped.judge(sample.heldOut(), sample.labels().size());
            log.printf(Locale.ROOT, "int8, held out: %.4f%n", after.accuracy());
            folder.labels(sample.labels());
            folder.golden(model, sample.heldOut(), sample.labels());
            folder.facts(
                    model,
                    Reference.of(shipped, sample.heldOut(), sample.labels()),
                    sample.heldOut().size(),
                    before.accuracy(),
                    after.accuracy());
            folder.card(model, values(sample, before, after, shipped));
        }
    }

    /** Teaches the last layer alone again and writes the model, which shares all other layers with the sample. */
    private void again(Sample sample, Sample.Again again, Path folder) throws IOException {
        byte[] content = quantize(sample, again.version(), learn(sample, again));
        Path file = Files.createDirectories(folder).resolve(sample.name() + "-" + again.version() + ".tflite");
        Files.write(file, content);
        try (TfliteClassifier shipped = new TfliteClassifier(ModelFile.read(file), Delegate.XNNPACK)) {
            log.printf(
                    Locale.ROOT,
                    "%s, int8, held out: %.4f%n",
                    file,
                    shipped.judge(sample.heldOut(), sample.labels().size()).accuracy());
        }
    }

    private Network learn(Sample sample, Sample.@Nullable Again again) {
        return new DjlTrainer(sample.architecture(), sample.augmentation())
                .train(
                        lesson(sample.training(), sample.schooling()),
                        again == null ? null : lesson(again.training(), again.schooling()),
                        log);
    }

    private static Lesson lesson(List<Example> examples, Schooling schooling) {
        return new Lesson(
                examples.stream().map(Example::input).toList(),
                examples.stream().mapToInt(Example::label).toArray(),
                schooling);
    }

    /** Calibrates on examples from all over the training set. */
    private static byte[] quantize(Sample sample, String version, Network network) {
        int stride = Math.max(1, sample.training().size() / sample.calibration());
        List<float[]> calibration = IntStream.range(0, sample.training().size())
                .filter(i -> i % stride == 0)
                .mapToObj(i -> held(sample, sample.training().get(i).input()))
                .toList();
        return TfliteWriter.write(
                QuantizedNetwork.of(network, sample.input(), calibration),
                "Fulmar sample " + sample.name() + " " + version,
                sample.inputName(),
                "scores");
    }

    /** The input as the tensor holds it: rounded and saturated. Both networks are judged on the same. */
    private static float[] held(Sample sample, float[] input) {
        float[] held = new float[input.length];
        for (int i = 0; i < held.length; i++) {
            held[i] = sample.input().dequantize(sample.input().quantize(input[i]));
        }
        return held;
    }

    private Map<String, String> values(Sample sample, Confusion before, Confusion after, TfliteClassifier shipped) {
        Map<String, String> values = new TreeMap<>(sample.words());
        values.put("version", sample.version());
        values.put("folder", sample.folder());
        values.put("calibration", Integer.toString(sample.calibration()));
        values.put(
                "parameters",
                String.format(Locale.ROOT, "%,d", sample.architecture().parameters()));
        values.put(
                "training", String.format(Locale.ROOT, "%,d", sample.training().size()));
        values.put("heldOut", String.format(Locale.ROOT, "%,d", sample.heldOut().size()));
        values.put("float", Markdown.percent(before.accuracy()));
        values.put("int8", Markdown.percent(after.accuracy()));
        values.put("confusion", Markdown.table(after, sample.labels()));
        values.put("bands", bands(sample, shipped));
        if (sample.labels().equals(BearingCondition.LABELS)) {
            Confusion plain = shipped.judge(
                    VibrationWindows.plainFaults(), sample.labels().size());
            log.printf(Locale.ROOT, "plain faults: %.4f%n", plain.accuracy());
            values.put("plain", Markdown.percent(plain.accuracy()));
            values.put("plainConfusion", Markdown.table(plain, sample.labels()));
        }
        return values;
    }

    private String bands(Sample sample, TfliteClassifier shipped) {
        StringBuilder text = new StringBuilder("| severity | windows of faults | right |\n|---|---:|---:|\n");
        for (int band = 0; band + 1 < SEVERITY_BANDS.length; band++) {
            double from = SEVERITY_BANDS[band];
            double to = SEVERITY_BANDS[band + 1];
            List<Example> inBand = sample.heldOut().stream()
                    .filter(example -> example.label() != 0 && example.grade() >= from && example.grade() < to)
                    .toList();
            Confusion confusion = shipped.judge(inBand, sample.labels().size());
            text.append(String.format(
                    Locale.ROOT,
                    "| %.1f to %.1f | %,d | %s |%n",
                    from,
                    to,
                    confusion.total(),
                    Markdown.percent(confusion.accuracy())));
        }
        return text.toString().stripTrailing();
    }
}
