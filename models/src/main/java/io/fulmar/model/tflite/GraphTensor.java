package io.fulmar.model.tflite;

import java.util.List;

/**
 * A tensor of a subgraph while a model file is being checked.
 *
 * <p>Immutable.
 *
 * @param constant whether its content is in the file
 * @param variable whether it keeps its content from run to run
 */
record GraphTensor(TensorDescription description, boolean constant, boolean variable) {
    boolean isEmpty() {
        return description.shape().contains(0);
    }

    TensorType type() {
        return description.type();
    }

    /** The sizes, or none where the file does not say them because they are known only at run time. */
    List<Integer> shape() {
        return description.shape();
    }

    int rank() {
        return shape().size();
    }

    /** Whether the file says this size once and for all. */
    boolean isFixed(int dimension) {
        return dimension < rank() && description.shapeSignature().get(dimension) >= 0;
    }
}
