package io.fulmar.training.evaluate;

import io.fulmar.training.data.Example;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/**
 * What a model says of the data that it is judged by: how often each label, and how sure it is. What it says on devices is
 * compared with that. Owned by the evaluation that makes it.
 */
public final class Reference {
    private static final int TENTHS = 10;

    private final List<String> labels;
    private final int[] byLabel;
    private final int[] byTenth = new int[TENTHS];
    private int total;

    private Reference(List<String> labels) {
        this.labels = List.copyOf(labels);
        byLabel = new int[labels.size()];
    }

    /** Lets the model answer every example. */
    public static Reference of(TfliteClassifier model, List<Example> examples, List<String> labels) {
        var reference = new Reference(labels);
        for (Example example : examples) {
            float[] scores = model.scores(example.input());
            int best = Classifier.best(scores);
            reference.byLabel[best]++;
            reference.byTenth[Math.clamp((long) (scores[best] * TENTHS), 0, TENTHS - 1)]++;
            reference.total++;
        }
        return reference;
    }

    /** The table {@code [reference]} of model.toml. */
    public List<String> toml() {
        var shares = new StringJoiner(", ", "labels = { ", " }");
        IntStream.range(0, byLabel.length).forEach(i -> shares.add(labels.get(i) + " = " + share(byLabel[i])));
        var tenths = new StringJoiner(", ", "confidence = [", "]");
        Arrays.stream(byTenth).forEach(count -> tenths.add(share(count)));
        return List.of("[reference]", shares.toString(), tenths.toString(), "");
    }

    private String share(int count) {
        return String.format(Locale.ROOT, "%.4f", (double) count / Math.max(1, total));
    }
}
