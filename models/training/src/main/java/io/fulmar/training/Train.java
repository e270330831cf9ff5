package io.fulmar.training;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.training.card.Markdown;
import io.fulmar.training.card.SampleFolder;
import io.fulmar.training.data.Example;
import io.fulmar.training.data.VibrationWindows;
import io.fulmar.training.evaluate.Classifier;
import io.fulmar.training.evaluate.Confusion;
import io.fulmar.training.evaluate.TfliteClassifier;
import io.fulmar.training.learn.DjlTrainer;
import io.fulmar.training.network.Network;
import io.fulmar.training.quantize.QuantizedNetwork;
import io.fulmar.training.quantize.TfliteWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Makes the sample models: trains, quantizes, judges and writes each folder. Arguments: which models (a comma between two), the
 * digits' file, the folder of the samples. Run by models/training/train.sh. Owned by the training run.
 */
public final class Train {
    private static final int CALIBRATION_EXAMPLES = 500;
    private static final double[] SEVERITY_BANDS = {0.1, 0.2, 0.3, 0.5, 0.7, 1.001};

    private final PrintStream log;
    private final Path samples;

    private Train(PrintStream log, Path samples) {
        this.log = log;
        this.samples = samples;
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 3) {
            throw new IllegalArgumentException("arguments: MODELS DIGITS-FILE SAMPLES-FOLDER");
        }
        Train train = new Train(System.out, Path.of(args[2]));
        for (String model : args[0].split(",", -1)) {
            switch (model) {
                case "bearing-condition" -> train.make(BearingCondition.sample());
                case "digit-reader" -> train.make(DigitReader.sample(Path.of(args[1])));
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
        Network network = learn(sample);
        Classifier ofNetwork = input -> Classifier.best(network.logits(held(sample, input)));
        Confusion before = ofNetwork.judge(sample.heldOut(), sample.labels().size());
        log.printf(Locale.ROOT, "float, held out: %.4f%n", before.accuracy());
        SampleFolder folder =
                new SampleFolder(samples, sample.name(), sample.version(), sample.release(), sample.title());
        ModelFile model = folder.model(quantize(sample, network));
        try (TfliteClassifier shipped = new TfliteClassifier(model, Delegate.XNNPACK)) {
            Confusion after = shipped.judge(sample.heldOut(), sample.labels().size());
            log.printf(Locale.ROOT, "int8, held out: %.4f%n", after.accuracy());
            folder.labels(sample.labels());
            folder.golden(model, sample.heldOut(), sample.labels());
            folder.facts(model, sample.heldOut().size(), before.accuracy(), after.accuracy());
            folder.card(model, values(sample, before, after, shipped));
        }
    }

    private Network learn(Sample sample) {
        List<float[]> inputs = sample.training().stream().map(Example::input).toList();
        int[] labels = sample.training().stream().mapToInt(Example::label).toArray();
        return new DjlTrainer(sample.architecture(), sample.schooling(), sample.augmentation())
                .train(inputs, labels, log);
    }

    /** Calibrates on examples from all over the training set. */
    private static byte[] quantize(Sample sample, Network network) {
        int stride = Math.max(1, sample.training().size() / CALIBRATION_EXAMPLES);
        List<float[]> calibration = IntStream.range(0, sample.training().size())
                .filter(i -> i % stride == 0)
                .mapToObj(i -> held(sample, sample.training().get(i).input()))
                .toList();
        return TfliteWriter.write(
                QuantizedNetwork.of(network, sample.input(), calibration),
                "Fulmar sample " + sample.name() + " " + sample.version(),
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
        Map<String, String> values = new TreeMap<>();
        values.put("version", sample.version());
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
