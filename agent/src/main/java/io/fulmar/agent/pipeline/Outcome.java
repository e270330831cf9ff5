package io.fulmar.agent.pipeline;

import io.fulmar.agent.media.View;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.Score;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the model's output means so far; each postprocess step refines it. Owned by the pipeline's thread. */
final class Outcome {
    /** The index of a frame that is none of the classes. */
    static final int NO_CLASS = -1;

    private List<float[]> outputs = List.of();
    private float[] scores = {};
    private boolean selected;
    private int index = NO_CLASS;
    private float score;
    private @Nullable String label;
    private List<Score> top = List.of();
    private View view = View.ALL;
    private Found found = Found.NOTHING;

    /**
     * Starts over with the model's outputs: the first has the scores.
     *
     * @param newView what the model saw of the frame's picture
     */
    void of(List<float[]> newOutputs, View newView) {
        outputs = newOutputs;
        view = newView;
        found = Found.NOTHING;
        take(0);
        selected = false;
    }

    /** Leaves the other outputs alone. */
    void select(int output) {
        take(output);
        selected = true;
    }

    /** The scores of an output, and the class that has the best. */
    private void take(int output) {
        scores(outputs.get(output));
    }

    /** Other scores take their place, and the class that has the best. */
    void scores(float[] newScores) {
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

    /** The numbers of the output that was selected; of all, one after the other, where none was. */
    List<Float> values() {
        List<Float> values = new ArrayList<>();
        for (float[] output : selected ? List.of(scores) : outputs) {
            for (float value : output) {
                values.add(value);
            }
        }
        return values;
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

    /** One of the model's outputs. */
    float[] output(int index) {
        return outputs.get(index);
    }

    /** What the model saw of the frame's picture. */
    View view() {
        return view;
    }

    /** What else there is to say of the frame. */
    Found found() {
        return found;
    }

    void found(Found newFound) {
        found = newFound;
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
