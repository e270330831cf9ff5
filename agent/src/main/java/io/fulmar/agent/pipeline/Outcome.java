package io.fulmar.agent.pipeline;

import io.fulmar.sync.wire.Score;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the model's output means so far; each postprocess step refines it. Owned by the pipeline's thread. */
final class Outcome {
    /** The index of a frame that is none of the classes. */
    static final int NO_CLASS = -1;

    private float[] scores = {};
    private int index = NO_CLASS;
    private float score;
    private @Nullable String label;
    private List<Score> top = List.of();

    /** Starts over with the model's scores and the class that has the best. */
    void of(float[] newScores) {
        scores = newScores;
        index = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[index]) {
                index = i;
            }
        }
        score = scores[index];
        label = null;
        top = List.of();
    }

    float[] scores() {
        return scores;
    }

    /** The best class, or {@link #NO_CLASS}. */
    int index() {
        return index;
    }

    float score() {
        return score;
    }

    @Nullable
    String label() {
        return label;
    }

    List<Score> top() {
        return top;
    }

    void score(float newScore) {
        score = newScore;
    }

    void label(int newIndex, @Nullable String newLabel) {
        index = newIndex;
        label = newLabel;
    }

    void top(List<Score> newTop) {
        top = newTop;
    }
}
