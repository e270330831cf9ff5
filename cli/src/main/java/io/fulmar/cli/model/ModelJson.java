package io.fulmar.cli.model;

import io.fulmar.model.tflite.Quantization;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.model.tflite.TensorDescription;
import io.fulmar.model.tflite.TensorType;
import java.io.StringWriter;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What the model commands have in common when they write JSON. */
final class ModelJson {
    private ModelJson() {}

    /** One object on one line. */
    static String object(Consumer<JsonGenerator> content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            content.accept(json);
            json.writeEndObject();
        }
        return text.toString();
    }

    static void tensors(JsonGenerator json, String name, List<TensorDescription> tensors) {
        json.writeArrayPropertyStart(name);
        for (TensorDescription tensor : tensors) {
            json.writeStartObject();
            json.writeStringProperty("name", tensor.name());
            json.writeStringProperty("type", tensor.type().text());
            sizes(json, "shape", tensor.shape());
            sizes(json, "shapeSignature", tensor.shapeSignature());
            json.writeNumberProperty("bytes", tensor.byteSize());
            quantization(json, tensor.quantization());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** The real values of a tensor; whole numbers that are not quantized are written exactly. */
    static void values(JsonGenerator json, Tensor tensor) {
        boolean exact = !tensor.quantization().isQuantized()
                && tensor.type() != TensorType.FLOAT32
                && tensor.type() != TensorType.FLOAT16;
        json.writeArrayPropertyStart("values");
        for (int i = 0; i < tensor.elements(); i++) {
            if (tensor.type() == TensorType.BOOL) {
                json.writeBoolean(tensor.getRaw(i) != 0);
            } else if (exact) {
                json.writeNumber(tensor.getRaw(i));
            } else {
                json.writeNumber(tensor.getReal(i));
            }
        }
        json.writeEndArray();
    }

    static void sizes(JsonGenerator json, String name, List<Integer> sizes) {
        json.writeArrayPropertyStart(name);
        sizes.forEach(json::writeNumber);
        json.writeEndArray();
    }

    private static void quantization(JsonGenerator json, Quantization quantization) {
        if (!quantization.isQuantized()) {
            json.writeNullProperty("quantization");
            return;
        }
        json.writeObjectPropertyStart("quantization");
        json.writeArrayPropertyStart("scales");
        for (int i = 0; i < quantization.channels(); i++) {
            json.writeNumber(quantization.scale(i));
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("zeroPoints");
        for (int i = 0; i < quantization.channels(); i++) {
            json.writeNumber(quantization.zeroPoint(i));
        }
        json.writeEndArray();
        json.writeNumberProperty("dimension", quantization.dimension());
        json.writeEndObject();
    }
}
