package io.fulmar.agent.pipeline;

import io.fulmar.config.PostprocessSettings;
import io.fulmar.sync.wire.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gives the model's numbers their names and units, and says whether one is too low or too high. Owned by the pipeline's thread. */
final class Regression implements Postprocess.Step {
    private final PostprocessSettings.Regression settings;
    private final List<String> labels;
    private final float[] scores;

    Regression(PostprocessSettings.Regression settings) {
        this.settings = settings;
        this.labels = settings.labels();
        this.scores = new float[1 + 2 * settings.names().size()];
    }

    @Override
    public void apply(Outcome outcome) {
        float[] numbers = outcome.scores();
        List<Found.Quantity> quantities = new ArrayList<>(numbers.length);
        int said = 0;
        for (int i = 0; i < numbers.length; i++) {
            double value = of(settings.factor(), i, 1) * numbers[i] + of(settings.offset(), i, 0);
            quantities.add(new Found.Quantity(
                    settings.names().get(i),
                    (float) value,
                    settings.units().isEmpty()
                            ? ""
                            : settings.units().get(i % settings.units().size())));
            if (said == 0 && value < of(settings.low(), i, Double.NEGATIVE_INFINITY)) {
                said = 1 + 2 * i;
            } else if (said == 0 && value > of(settings.high(), i, Double.POSITIVE_INFINITY)) {
                said = 2 + 2 * i;
            }
        }
        Arrays.fill(scores, 0);
        scores[said] = labels.isEmpty() ? 0 : 1;
        outcome.scores(scores);
        outcome.label(labels.isEmpty() ? Outcome.NO_CLASS : said, labels.isEmpty() ? null : labels.get(said));
        outcome.found(new Found(List.of(), List.of(), quantities));
    }

    private static double of(List<Double> values, int index, double otherwise) {
        return values.isEmpty() ? otherwise : values.get(index % values.size());
    }
}
