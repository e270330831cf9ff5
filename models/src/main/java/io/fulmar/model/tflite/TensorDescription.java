package io.fulmar.model.tflite;

import java.util.List;

/**
 * A tensor as the model file declares it.
 *
 * <p>Immutable.
 *
 * @param shape the sizes of the dimensions; empty for a single number
 * @param shapeSignature the same with -1 where the size may be chosen at run time; equal to {@code shape} if none may
 */
public record TensorDescription(
        String name,
        TensorType type,
        List<Integer> shape,
        List<Integer> shapeSignature,
        Quantization quantization,
        long byteSize) {

    public TensorDescription {
        shape = List.copyOf(shape);
        shapeSignature = List.copyOf(shapeSignature);
    }

    TensorDescription named(String otherName) {
        return new TensorDescription(otherName, type, shape, shapeSignature, quantization, byteSize);
    }
}
