package io.fulmar.agent.pipeline;

import io.fulmar.config.PostprocessSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says a class only where its score is high enough, and goes on to say it until its score is too low. Owned by the pipeline's thread.
 */
final class Threshold implements Postprocess.Step {
    private final float[] min;
    private final float[] release;
    private final String otherwise;
    private int said = Outcome.NO_CLASS;
    private @Nullable String name;

    Threshold(String pipeline, PostprocessSettings.Threshold settings, int classes) {
        min = perClass(pipeline, "min", settings.min(), classes);
        release = perClass(pipeline, "release", settings.release(), classes);
        otherwise = settings.otherwise();
    }

    private static float[] perClass(String pipeline, String key, List<Double> said, int classes) {
        if (said.size() != 1 && said.size() != classes) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": " + key + " of the threshold has " + said.size()
                            + " values, and the model " + classes + " classes",
                    "give one value for all classes, or one for each");
        }
        float[] values = new float[classes];
        for (int i = 0; i < classes; i++) {
            values[i] = said.get(i % said.size()).floatValue();
        }
        return values;
    }

    @Override
    public void apply(Outcome outcome) {
        int best = outcome.index();
        float[] scores = outcome.scores();
        if (!(outcome.score() >= min[best])) {
            best = said != Outcome.NO_CLASS && scores[said] >= release[said] ? said : Outcome.NO_CLASS;
        }
        said = best;
        if (best == Outcome.NO_CLASS) {
            outcome.label(Outcome.NO_CLASS, otherwise);
        } else if (best == outcome.index()) {
            name = outcome.label();
        } else {
            outcome.label(best, name);
            outcome.score(scores[best]);
        }
    }
}
