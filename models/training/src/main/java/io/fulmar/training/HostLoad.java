package io.fulmar.training;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.training.card.Markdown;
import io.fulmar.training.card.SampleFolder;
import io.fulmar.training.data.Example;
import io.fulmar.training.evaluate.Classifier;
import io.fulmar.training.evaluate.Confusion;
import io.fulmar.training.evaluate.Reference;
import io.fulmar.training.evaluate.TfliteClassifier;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.network.Layer.Dense;
import io.fulmar.training.network.Network;
import io.fulmar.training.network.Parameters;
import io.fulmar.training.network.Volume;
import io.fulmar.training.quantize.Affine;
import io.fulmar.training.quantize.QuantizedNetwork;
import io.fulmar.training.quantize.TfliteWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The recipe of the model host-load: weights set by hand, nothing learned. It puts a rule of thumb about a computer's load
 * into the form that devices run, and is judged by how well the int8 file follows that rule. Has no state.
 */
final class HostLoad {
    static final String NAME = "host-load";

    /** 0 to 2, as a load average per processor may pass 1; the shares end at 1. */
    static final Affine INPUT = new Affine(2 / 255f, -128);

    static final List<String> LABELS = List.of("idle", "busy", "overloaded");

    private static final String VERSION = "1.0.0";
    private static final int RELEASE = 1;
    private static final String TITLE = "How loaded a host is";
    private static final int STEPS = 16;

    // cpu, memory, disk, load
    private static final float[] WEIGHTS = {
        0, 0, 0, 0,
        14, 0, 6, 6,
        16, 8, 8, 16
    };
    private static final float[] BIASES = {0, -4, -28};

    private HostLoad() {}

    static Network network() {
        return new Network(
                new Architecture(new Volume(1, 1, 4), List.of(new Dense(LABELS.size()))),
                List.of(new Parameters(WEIGHTS, BIASES)));
    }

    /** Writes the folder of the model. */
    static void make(PrintStream log, Path samples) throws IOException {
        Network network = network();
        List<Example> states = states(network);
        SampleFolder folder = new SampleFolder(samples.resolve(NAME), NAME, VERSION, RELEASE, TITLE);
        ModelFile model = folder.model(TfliteWriter.write(
                QuantizedNetwork.of(
                        network, INPUT, states.stream().map(Example::input).toList()),
                "Fulmar sample " + NAME + " " + VERSION,
                "readings",
                "scores"));
        try (TfliteClassifier shipped = new TfliteClassifier(model, Delegate.XNNPACK)) {
            Confusion confusion = shipped.judge(states, LABELS.size());
            log.printf(
                    Locale.ROOT,
                    "%s: int8 follows the rule in %.4f of %d states%n",
                    NAME,
                    confusion.accuracy(),
                    states.size());
            folder.labels(LABELS);
            folder.golden(model, states, LABELS);
            folder.facts(model, Reference.of(shipped, states, LABELS), states.size(), 1, confusion.accuracy());
            folder.card(
                    model,
                    Map.of(
                            "version", VERSION,
                            "parameters",
                                    Integer.toString(network.architecture().parameters()),
                            "states", String.format(Locale.ROOT, "%,d", states.size()),
                            "float", Markdown.percent(1),
                            "int8", Markdown.percent(confusion.accuracy()),
                            "confusion", Markdown.table(confusion, LABELS)));
        }
    }

    /** A plain state of each label, then all others on a grid, each labelled by the rule itself. */
    private static List<Example> states(Network rule) {
        List<Example> states = new ArrayList<>();
        states.add(state(rule, 0.05f, 0.3f, 0.01f, 0.1f));
        states.add(state(rule, 0.8f, 0.5f, 0.1f, 0.8f));
        states.add(state(rule, 1, 0.9f, 0.6f, 2));
        for (int i = 0; i < STEPS * STEPS * STEPS * STEPS; i++) {
            states.add(state(
                    rule,
                    share(i),
                    share(i / STEPS),
                    share(i / (STEPS * STEPS)),
                    2 * share(i / (STEPS * STEPS * STEPS))));
        }
        return states;
    }

    private static float share(int i) {
        return i % STEPS / (STEPS - 1f);
    }

    private static Example state(Network rule, float... readings) {
        for (int i = 0; i < readings.length; i++) {
            readings[i] = INPUT.dequantize(INPUT.quantize(readings[i]));
        }
        return new Example(readings, Classifier.best(rule.logits(readings)), 1);
    }
}
