package io.fulmar.agent.pipeline;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.tensorflow.lite.schema.AddOptionsT;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.LessOptionsT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.TensorType;
import org.tensorflow.lite.schema.WhileOptionsT;

/**
 * A float model of one value that adds 1 to it until it is not below a limit. With 0 as the limit the input says how long it
 * takes: {@link #SECONDS} many seconds, {@link #FOREVER} for ever. Immutable.
 */
public final class LoopModel {
    /** As many steps as a float can count. */
    public static final float SECONDS = -16_000_000;

    /** One more is the same number. */
    public static final float FOREVER = -1e30f;

    private static final int WHILE = 0;
    private static final int LESS = 1;
    private static final int ADD = 2;

    private LoopModel() {}

    /** The file of one that counts from its input up to this. */
    public static byte[] bytes(float upTo) {
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setOperatorCodes(
                new OperatorCodeT[] {code(BuiltinOperator.WHILE), code(BuiltinOperator.LESS), code(BuiltinOperator.ADD)
                });
        model.setSubgraphs(new SubGraphT[] {
            graph("main", operator(WHILE, new int[] {0}, new int[] {1}), number("in", 0), number("out", 0)),
            graph("below", operator(LESS, new int[] {0, 2}, new int[] {1}), number("x", 0), truth(), number("zero", 1)),
            graph(
                    "more",
                    operator(ADD, new int[] {0, 2}, new int[] {1}),
                    number("x", 0),
                    number("sum", 0),
                    number("one", 2))
        });
        model.setBuffers(new BufferT[] {buffer(), buffer(upTo), buffer(1)});
        FlatBufferBuilder builder = new FlatBufferBuilder();
        Model.finishModelBuffer(builder, Model.pack(builder, model));
        return builder.sizedByteArray();
    }

    private static SubGraphT graph(String name, OperatorT operator, TensorT... tensors) {
        SubGraphT graph = new SubGraphT();
        graph.setName(name);
        graph.setTensors(tensors);
        graph.setInputs(new int[] {0});
        graph.setOutputs(new int[] {1});
        graph.setOperators(new OperatorT[] {operator});
        return graph;
    }

    private static OperatorT operator(int code, int[] inputs, int[] outputs) {
        BuiltinOptionsUnion options = new BuiltinOptionsUnion();
        switch (code) {
            case WHILE -> {
                WhileOptionsT loop = new WhileOptionsT();
                loop.setCondSubgraphIndex(1);
                loop.setBodySubgraphIndex(2);
                options.setType(BuiltinOptions.WhileOptions);
                options.setValue(loop);
            }
            case LESS -> {
                options.setType(BuiltinOptions.LessOptions);
                options.setValue(new LessOptionsT());
            }
            default -> {
                options.setType(BuiltinOptions.AddOptions);
                options.setValue(new AddOptionsT());
            }
        }
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(code);
        operator.setInputs(inputs);
        operator.setOutputs(outputs);
        operator.setBuiltinOptions(options);
        return operator;
    }

    private static OperatorCodeT code(int builtin) {
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(builtin);
        code.setDeprecatedBuiltinCode((byte) Math.min(builtin, 127));
        code.setVersion(1);
        return code;
    }

    private static TensorT number(String name, int buffer) {
        return tensor(name, TensorType.FLOAT32, buffer);
    }

    private static TensorT truth() {
        return tensor("is", TensorType.BOOL, 0);
    }

    private static TensorT tensor(String name, byte type, int buffer) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(new int[] {1});
        tensor.setType(type);
        tensor.setBuffer(buffer);
        return tensor;
    }

    private static BufferT buffer(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        int[] data = new int[bytes.capacity()];
        for (int i = 0; i < data.length; i++) {
            data[i] = bytes.get(i) & 0xFF;
        }
        BufferT buffer = new BufferT();
        buffer.setData(data);
        return buffer;
    }
}
