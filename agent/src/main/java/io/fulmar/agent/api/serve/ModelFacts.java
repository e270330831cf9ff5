package io.fulmar.agent.api.serve;

import io.fulmar.model.tflite.ModelDescription;
import io.fulmar.model.tflite.TensorDescription;
import io.fulmar.model.tflite.TensorType;
import io.fulmar.sync.wire.ModelRef;
import java.util.List;

/**
 * What a caller may know of a model.
 *
 * @param labels its classes' names; none where it has none
 * @param batches whether several inputs can be given at once, one after the other along the first dimension
 *     <p>Immutable.
 */
public record ModelFacts(
        ModelRef ref, List<TensorFacts> inputs, List<TensorFacts> outputs, List<String> labels, boolean batches) {
    public ModelFacts {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        labels = List.copyOf(labels);
    }

    /** One input or output: its shape is that of one run. Immutable. */
    public record TensorFacts(String name, TensorType type, List<Integer> shape) {
        public TensorFacts {
            shape = List.copyOf(shape);
        }

        static TensorFacts of(TensorDescription tensor) {
            return new TensorFacts(tensor.name(), tensor.type(), tensor.shape());
        }

        private boolean isOfOne() {
            return !shape.isEmpty() && shape.getFirst() == 1;
        }
    }

    static ModelFacts of(ModelRef ref, ModelDescription model, List<String> labels) {
        List<TensorFacts> inputs = model.inputs().stream().map(TensorFacts::of).toList();
        List<TensorFacts> outputs =
                model.outputs().stream().map(TensorFacts::of).toList();
        boolean batches = inputs.stream().allMatch(TensorFacts::isOfOne)
                && outputs.stream().allMatch(TensorFacts::isOfOne);
        return new ModelFacts(ref, inputs, outputs, labels, batches);
    }
}
