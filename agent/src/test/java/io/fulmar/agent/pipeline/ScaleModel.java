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

/** A float model that gives its input back times a factor, so that a test chooses the scores. Immutable. */
public final class ScaleModel {
    private ScaleModel() {}

    public static LoadedModel open(int size, float factor, List<String> labels) {
        ModelFile file = ModelFile.of("scale", bytes(size, factor));
        return new LoadedModel(
                Interpreter.open(file, InterpreterOptions.DEFAULT),
                new ModelRef("scale", "1.0.0", file.sha256()),
                labels);
    }

    public static byte[] bytes(int size, float factor) {
        SubGraphT graph = new SubGraphT();
        graph.setName("main");
        graph.setTensors(
                new TensorT[] {tensor("in", 0, 1, size), tensor("weights", 1, size, size), tensor("out", 0, 1, size)});
        graph.setInputs(new int[] {0});
        graph.setOutputs(new int[] {2});
        graph.setOperators(new OperatorT[] {fullyConnected()});
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(BuiltinOperator.FULLY_CONNECTED);
        code.setDeprecatedBuiltinCode((byte) BuiltinOperator.FULLY_CONNECTED);
        code.setVersion(1);
        BufferT empty = new BufferT();
        empty.setData(new int[0]);
        BufferT weights = new BufferT();
        weights.setData(diagonal(size, factor));
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setOperatorCodes(new OperatorCodeT[] {code});
        model.setSubgraphs(new SubGraphT[] {graph});
        model.setBuffers(new BufferT[] {empty, weights});
        FlatBufferBuilder builder = new FlatBufferBuilder();
        Model.finishModelBuffer(builder, Model.pack(builder, model));
        return builder.sizedByteArray();
    }

    private static OperatorT fullyConnected() {
        BuiltinOptionsUnion options = new BuiltinOptionsUnion();
        options.setType(BuiltinOptions.FullyConnectedOptions);
        options.setValue(new FullyConnectedOptionsT());
        OperatorT operator = new OperatorT();
        operator.setInputs(new int[] {0, 1, -1});
        operator.setOutputs(new int[] {2});
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
