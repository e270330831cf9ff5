package io.fulmar.agent.pipeline;

import com.google.flatbuffers.FlatBufferBuilder;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.ModelRef;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.FullyConnectedOptionsT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.TensorType;

/** A float model that gives its input back times a factor, once for each factor, so that a test chooses the scores. Immutable. */
public final class ScaleModel {
    private ScaleModel() {}

    public static LoadedModel open(int size, float factor, List<String> labels) {
        return open(size, labels, factor);
    }

    /** A model with an output for each factor. */
    public static LoadedModel open(int size, List<String> labels, float... factors) {
        ModelFile file = ModelFile.of("scale", bytes(size, factors));
        return new LoadedModel(
                Interpreter.open(file, InterpreterOptions.DEFAULT),
                new ModelRef("scale", "1.0.0", file.sha256()),
                labels);
    }

    public static byte[] bytes(int size, float... factors) {
        int outputs = factors.length;
        SubGraphT graph = new SubGraphT();
        graph.setName("main");
        TensorT[] tensors = new TensorT[1 + 2 * outputs];
        BufferT[] buffers = new BufferT[1 + outputs];
        OperatorT[] operators = new OperatorT[outputs];
        int[] results = new int[outputs];
        tensors[0] = tensor("in", 0, 1, size);
        buffers[0] = new BufferT();
        buffers[0].setData(new int[0]);
        for (int i = 0; i < outputs; i++) {
            buffers[1 + i] = new BufferT();
            buffers[1 + i].setData(diagonal(size, factors[i]));
            tensors[1 + 2 * i] = tensor("weights" + i, 1 + i, size, size);
            tensors[2 + 2 * i] = tensor("out" + i, 0, 1, size);
            operators[i] = fullyConnected(1 + 2 * i, 2 + 2 * i);
            results[i] = 2 + 2 * i;
        }
        graph.setTensors(tensors);
        graph.setInputs(new int[] {0});
        graph.setOutputs(results);
        graph.setOperators(operators);
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(BuiltinOperator.FULLY_CONNECTED);
        code.setDeprecatedBuiltinCode((byte) BuiltinOperator.FULLY_CONNECTED);
        code.setVersion(1);
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setOperatorCodes(new OperatorCodeT[] {code});
        model.setSubgraphs(new SubGraphT[] {graph});
        model.setBuffers(buffers);
        FlatBufferBuilder builder = new FlatBufferBuilder();
        Model.finishModelBuffer(builder, Model.pack(builder, model));
        return builder.sizedByteArray();
    }

    private static OperatorT fullyConnected(int weights, int output) {
        BuiltinOptionsUnion options = new BuiltinOptionsUnion();
        options.setType(BuiltinOptions.FullyConnectedOptions);
        options.setValue(new FullyConnectedOptionsT());
        OperatorT operator = new OperatorT();
        operator.setInputs(new int[] {0, weights, -1});
        operator.setOutputs(new int[] {output});
        operator.setBuiltinOptions(options);
        return operator;
    }

    private static TensorT tensor(String name, int buffer, int... shape) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(shape);
        tensor.setType(TensorType.FLOAT32);
        tensor.setBuffer(buffer);
        return tensor;
    }

    private static int[] diagonal(int size, float factor) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * size * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            bytes.putFloat(4 * (i * size + i), factor);
        }
        int[] data = new int[bytes.capacity()];
        for (int i = 0; i < data.length; i++) {
            data[i] = bytes.get(i) & 0xFF;
        }
        return data;
    }
}
