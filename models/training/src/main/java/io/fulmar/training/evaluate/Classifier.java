package io.fulmar.training.evaluate;

import io.fulmar.training.data.Example;
import java.util.List;

/** Says which label an input has. */
@FunctionalInterface
public interface Classifier {

    int label(float[] input);

    /** Lets this classifier answer every example. */
    default Confusion judge(List<Example> examples, int labels) {
        Confusion confusion = new Confusion(labels);
        for (Example example : examples) {
            confusion.add(example.label(), label(example.input()));
        }
        return confusion;
    }

    static int best(float[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                best = i;
            }
        }
        return best;
    }
}
