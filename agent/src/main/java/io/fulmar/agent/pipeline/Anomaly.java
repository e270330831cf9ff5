package io.fulmar.agent.pipeline;

import io.fulmar.config.PostprocessSettings;
import io.fulmar.model.tflite.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Says whether the model finds its input strange. Where no threshold was given, it lies some standard deviations above the mean of
 * the errors before, of which the older count less; a strange frame counts as if it had just not been strange, so that a fault does
 * not become what is usual at once. Owned by the pipeline's thread.
 */
final class Anomaly implements Postprocess.Step {
    private static final int NORMAL = 0;
    private static final int STRANGE = 1;

    private final PostprocessSettings.Anomaly.Measure error;
    private final @Nullable Double fixed;
    private final double deviations;
    private final int memory;
    private final int warmUp;
    private final Tensor given;
    private final float[] input;
    private final float[] scores = new float[2];
    private double mean;
    private double variance;
    private long seen;

    /** @param given what the model was given, which is still there after its run */
    Anomaly(PostprocessSettings.Anomaly settings, Tensor given) {
        error = settings.error();
        fixed = settings.threshold();
        deviations = settings.deviations();
        memory = settings.memory();
        warmUp = settings.warmUp();
        this.given = given;
        input = new float[given.elements()];
    }

    @Override
    public void apply(Outcome outcome) {
        double now = error(outcome.scores());
        boolean strange = fixed == null ? isUnusual(now) : now > fixed;
        scores[NORMAL] = (float) now;
        scores[STRANGE] = (float) now;
        outcome.scores(scores);
        outcome.label(strange ? STRANGE : NORMAL, strange ? "anomaly" : "normal");
    }

    private boolean isUnusual(double now) {
        double threshold = mean + deviations * Math.sqrt(variance);
        boolean unusual = seen >= warmUp && now > threshold;
        double counted = unusual ? threshold : now;
        seen++;
        double weight = 1.0 / Math.min(seen, memory);
        double apart = counted - mean;
        mean += weight * apart;
        variance = (1 - weight) * (variance + weight * apart * apart);
        return unusual;
    }

    private double error(float[] output) {
        if (error == PostprocessSettings.Anomaly.Measure.OUTPUT) {
            return output[0];
        }
        given.read(input);
        double sum = 0;
        for (int i = 0; i < output.length; i++) {
            double apart = (double) output[i] - input[i];
            sum += error == PostprocessSettings.Anomaly.Measure.MSE ? apart * apart : Math.abs(apart);
        }
        return sum / output.length;
    }
}
