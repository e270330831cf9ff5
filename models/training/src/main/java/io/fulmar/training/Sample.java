package io.fulmar.training;

import io.fulmar.training.data.Example;
import io.fulmar.training.learn.DjlTrainer;
import io.fulmar.training.learn.Schooling;
import io.fulmar.training.network.Architecture;
import io.fulmar.training.quantize.Affine;
import java.util.List;
import java.util.Map;

/**
 * A sample model to be made: what it is called, its form, what it learns from, what it is judged by. Immutable.
 *
 * @param release rises with the version
 * @param title what it does, in a line
 * @param calibration how many training examples show the ranges of activations
 * @param words what its card says besides
 * @param input how the input tensor is quantized: part of the model's interface, so decided, not calibrated
 */
record Sample(
        String name,
        String version,
        int release,
        String title,
        Architecture architecture,
        Schooling schooling,
        DjlTrainer.Augmentation augmentation,
        Affine input,
        String inputName,
        List<String> labels,
        List<Example> training,
        List<Example> heldOut,
        int calibration,
        Map<String, String> words) {

    /**
     * What the last layer alone learns from, after all layers have learned, and how long. Immutable.
     *
     * @param version of what comes out
     */
    record Again(String version, List<Example> training, Schooling schooling) {}

    /** The folder among the samples: that of the first release has no version in its name. */
    String folder() {
        return release == 1 ? name : name + "-" + version;
    }
}
