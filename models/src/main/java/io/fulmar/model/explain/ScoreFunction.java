package io.fulmar.model.explain;

/** The score that is to be explained, as a function of a model's input. Owned by whoever explains. */
@FunctionalInterface
public interface ScoreFunction {
    /** The score of that input; the array stays the caller's, who changes it afterwards. */
    double of(float[] input);
}
