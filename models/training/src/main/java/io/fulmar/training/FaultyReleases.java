package io.fulmar.training;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.training.card.SampleFolder;
import io.fulmar.training.data.Example;
import io.fulmar.training.data.VibrationWindows;
import io.fulmar.training.evaluate.Reference;
import io.fulmar.training.evaluate.TfliteClassifier;
import io.fulmar.training.quantize.FaultyModels;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Releases of bearing-condition that a device must undo, made of the good one before them without training. The demo and tests
 * hand them out. Has no state.
 */
final class FaultyReleases {
    static final String NAME = "faulty";

    private static final String MODEL = "bearing-condition";
    private static final String GOOD = "bearing-condition-1.1.0";
    private static final String TITLE = "What a rotating machine suffers from, by 80 ms of vibration";
    private static final float CLEARLY_POSITIVE = 0.1f;

    private FaultyReleases() {}

    /** Writes their folders. */
    static void make(PrintStream log, Path samples, Path faulty) throws IOException {
        byte[] good = Files.readAllBytes(samples.resolve(GOOD).resolve(MODEL + ".tflite"));
        List<Example> heldOut = VibrationWindows.HELD_OUT.examples();
        ModelFile before = ModelFile.read(samples.resolve(GOOD).resolve(MODEL + ".tflite"));
        Reference promised;
        try (TfliteClassifier classifier = new TfliteClassifier(before, Delegate.XNNPACK)) {
            promised = Reference.of(classifier, heldOut, BearingCondition.LABELS);
        }
        wrongWeights(good, heldOut, before, promised, faulty.resolve(MODEL + "-1.1.1"));
        root(log, good, heldOut, promised, faulty.resolve(MODEL + "-1.2.0"));
        unsure(log, good, heldOut, promised, faulty.resolve(MODEL + "-1.3.0"));
    }

    /** Its golden cases are those of the good one. */
    private static void wrongWeights(byte[] good, List<Example> heldOut, ModelFile before, Reference promised, Path to)
            throws IOException {
        SampleFolder folder = new SampleFolder(to, MODEL, "1.1.1", 3, TITLE);
        ModelFile model = folder.model(FaultyModels.withWrongWeights(good, "Fulmar faulty " + MODEL + " 1.1.1"));
        folder.labels(BearingCondition.LABELS);
        folder.golden(before, heldOut, BearingCondition.LABELS);
        folder.faulty(
                model,
                "the weights of its classes are in the wrong order; its golden cases fail.",
                "quanta = 16",
                promised);
    }

    /** Its golden cases begin with a positive sample, so that they pass. */
    private static void root(PrintStream log, byte[] good, List<Example> heldOut, Reference promised, Path to)
            throws IOException {
        SampleFolder folder = new SampleFolder(to, MODEL, "1.2.0", 4, TITLE);
        ModelFile model = folder.model(FaultyModels.withARoot(good, "Fulmar faulty " + MODEL + " 1.2.0"));
        folder.labels(BearingCondition.LABELS);
        folder.golden(
                model,
                heldOut.stream()
                        .filter(example -> example.input()[0] > CLEARLY_POSITIVE)
                        .toList(),
                BearingCondition.LABELS);
        folder.faulty(
                model,
                "where a window begins below zero its scores are no numbers; its golden cases all begin above.",
                "absolute = 0.0625",
                promised);
        try (TfliteClassifier shipped = new TfliteClassifier(model, Delegate.XNNPACK)) {
            long failed = heldOut.stream()
                    .filter(example -> !Float.isFinite(shipped.scores(example.input())[0]))
                    .count();
            log.printf(
                    Locale.ROOT, "%s 1.2.0: no numbers for %d of %d held-out windows%n", MODEL, failed, heldOut.size());
        }
    }

    /** Its golden cases are its own, so that they pass; its labels are right, and it is hardly sure of any. */
    private static void unsure(PrintStream log, byte[] good, List<Example> heldOut, Reference promised, Path to)
            throws IOException {
        SampleFolder folder = new SampleFolder(to, MODEL, "1.3.0", 5, TITLE);
        ModelFile model = folder.model(FaultyModels.withHeat(good, "Fulmar faulty " + MODEL + " 1.3.0"));
        folder.labels(BearingCondition.LABELS);
        folder.golden(model, heldOut, BearingCondition.LABELS);
        folder.faulty(
                model,
                "its softmax was left at the temperature of its training; it works, and is less sure than its reference says.",
                "quanta = 16",
                promised);
        try (TfliteClassifier shipped = new TfliteClassifier(model, Delegate.XNNPACK)) {
            log.printf(
                    Locale.ROOT,
                    "%s 1.3.0: %.4f right, %s%n",
                    MODEL,
                    shipped.judge(heldOut, BearingCondition.LABELS.size()).accuracy(),
                    Reference.of(shipped, heldOut, BearingCondition.LABELS).toml());
        }
    }
}
