package io.fulmar.agent.pipeline;

import io.fulmar.model.tflite.Tensor;
import java.util.Arrays;
import java.util.List;

/** The shapes of those outputs of a model that a step takes. Immutable. */
record OutputShapes(String pipeline, String step, List<Integer> outputs, LoadedModel model) {
    OutputShapes {
        int count = model.interpreter().outputs().size();
        for (int index : outputs) {
            if (index >= count) {
                throw new PipelineException(
                        "pipeline " + pipeline + ": the step " + step + " takes output " + index + " of model "
                                + model.ref().name() + ", which has " + count + ", counted from 0",
                        "say with outputs which of them it takes, or choose another format");
            }
        }
    }

    private Tensor tensor(int number) {
        return model.interpreter().output(outputs.get(number));
    }

    /** The shape of one of them. */
    int[] of(int number) {
        return tensor(number).shape();
    }

    int elements(int number) {
        return tensor(number).elements();
    }

    /** The shape of the model's input, which is a picture: [1, height, width, colours]. */
    int[] picture() {
        int[] shape = model.interpreter().input(0).shape();
        if (shape.length != 4) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": the step " + step + " needs to know the size of the picture, and model "
                            + model.ref().name() + " takes " + Arrays.toString(shape),
                    "choose a model that takes [1, height, width, colours]");
        }
        return shape;
    }

    /** One of them is not what it has to be. */
    PipelineException wrong(int number, String wanted) {
        return new PipelineException(
                "pipeline " + pipeline + ": output " + outputs.get(number) + " of model "
                        + model.ref().name() + " has the shape "
                        + Arrays.toString(of(number)) + ", and the step " + step + " takes " + wanted,
                "say with outputs which of the outputs it takes (fulmar model inspect lists them), or choose another format");
    }
}
