package io.fulmar.training.quantize;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.DequantizeOptionsT;
import org.tensorflow.lite.schema.DivOptionsT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.MulOptionsT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.QuantizationParametersT;
import org.tensorflow.lite.schema.SliceOptionsT;
import org.tensorflow.lite.schema.SoftmaxOptionsT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.TensorType;

/**
 * Models with a fault, made of a good one by changing its file: what a release process that went wrong might hand out. They are
 * whole and can be run. Owned by whoever makes one.
 */
public final class FaultyModels {
    private static final String FILE_IDENTIFIER = "TFL3";
    private static final int HEAT = 128;

    private final ModelT model;
    private final SubGraphT graph;

    private FaultyModels(byte[] good, String description) {
        model = Model.getRootAsModel(ByteBuffer.wrap(good)).unpack();
        model.setDescription(description);
        graph = model.getSubgraphs()[0];
    }

    /** One whose dense layer has the weights of its classes in the wrong order, as when two files are mixed up. */
    public static byte[] withWrongWeights(byte[] good, String description) {
        FaultyModels faulty = new FaultyModels(good, description);
        OperatorT dense = faulty.last(BuiltinOperator.FULLY_CONNECTED);
        TensorT weights = faulty.graph.getTensors()[dense.getInputs()[1]];
        BufferT buffer = faulty.model.getBuffers()[(int) weights.getBuffer()];
        buffer.setData(reversed(buffer.getData(), weights.getShape()[0]));
        return faulty.bytes();
    }

    /**
     * One that takes the square root of the window's first sample, multiplies its scores by it and divides by it again: right
     * where that sample is positive, no number where it is not.
     */
    public static byte[] withARoot(byte[] good, String description) {
        FaultyModels faulty = new FaultyModels(good, description);
        int input = faulty.graph.getInputs()[0];
        int scores = faulty.graph.getOutputs()[0];
        int begin = faulty.constant("begin", 0, 0, 0, 0);
        int size = faulty.constant("size", 1, 1, 1, 1);
        int sample = faulty.tensor("first", 1);
        faulty.tensor(sample).setType(TensorType.INT8);
        faulty.tensor(sample).setQuantization(faulty.tensor(input).getQuantization());
        faulty.operator(
                BuiltinOperator.SLICE,
                2,
                new int[] {input, begin, size},
                sample,
                BuiltinOptions.SliceOptions,
                new SliceOptionsT());
        int real = faulty.dequantized("firstReal", sample, 1);
        int root = faulty.tensor("root", 1);
        faulty.operator(BuiltinOperator.SQRT, 1, new int[] {real}, root, BuiltinOptions.NONE, null);
        int classes = faulty.tensor(scores).getShape()[1];
        int realScores = faulty.dequantized("scoresReal", scores, classes);
        faulty.tensor(realScores).setShape(new int[] {1, classes});
        int multiplied = faulty.tensor("multiplied", classes);
        faulty.operator(
                BuiltinOperator.MUL,
                1,
                new int[] {realScores, root},
                multiplied,
                BuiltinOptions.MulOptions,
                new MulOptionsT());
        int divided = faulty.tensor("divided", classes);
        faulty.operator(
                BuiltinOperator.DIV,
                1,
                new int[] {multiplied, root},
                divided,
                BuiltinOptions.DivOptions,
                new DivOptionsT());
        faulty.graph.setOutputs(new int[] {divided});
        faulty.model.getSignatureDefs()[0].getOutputs()[0].setTensorIndex(divided);
        return faulty.bytes();
    }

    /** One whose scores are taken at 128 times the temperature: the best label stays, and is hardly better than the others. */
    public static byte[] withHeat(byte[] good, String description) {
        FaultyModels faulty = new FaultyModels(good, description);
        Object options =
                faulty.last(BuiltinOperator.SOFTMAX).getBuiltinOptions().getValue();
        ((SoftmaxOptionsT) options).setBeta(1f / HEAT);
        return faulty.bytes();
    }

    private OperatorT last(int builtin) {
        List<OperatorT> operators = new ArrayList<>(Arrays.asList(graph.getOperators()));
        Collections.reverse(operators);
        return operators.stream()
                .filter(operator ->
                        model.getOperatorCodes()[(int) operator.getOpcodeIndex()].getBuiltinCode() == builtin)
                .findFirst()
                .orElseThrow();
    }

    private static int[] reversed(int[] data, int rows) {
        int[] turned = new int[data.length];
        int row = data.length / rows;
        for (int i = 0; i < rows; i++) {
            System.arraycopy(data, i * row, turned, (rows - 1 - i) * row, row);
        }
        return turned;
    }

    private int dequantized(String name, int quantized, int values) {
        int real = tensor(name, values);
        operator(
                BuiltinOperator.DEQUANTIZE,
                2,
                new int[] {quantized},
                real,
                BuiltinOptions.DequantizeOptions,
                new DequantizeOptionsT());
        return real;
    }

    /** A new float tensor of [1, 1, 1, values]. */
    private int tensor(String name, int values) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(new int[] {1, 1, 1, values});
        tensor.setType(TensorType.FLOAT32);
        tensor.setQuantization(new QuantizationParametersT());
        List<TensorT> tensors = new ArrayList<>(Arrays.asList(graph.getTensors()));
        tensors.add(tensor);
        graph.setTensors(tensors.toArray(TensorT[]::new));
        return tensors.size() - 1;
    }

    private TensorT tensor(int index) {
        return graph.getTensors()[index];
    }

    private int constant(String name, int... values) {
        int[] bytes = new int[Integer.BYTES * values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[Integer.BYTES * i] = values[i]; // little-endian; none here is above 127
        }
        BufferT buffer = new BufferT();
        buffer.setData(bytes);
        List<BufferT> buffers = new ArrayList<>(Arrays.asList(model.getBuffers()));
        buffers.add(buffer);
        model.setBuffers(buffers.toArray(BufferT[]::new));
        int constant = tensor(name, values.length);
        tensor(constant).setType(TensorType.INT32);
        tensor(constant).setShape(new int[] {values.length});
        tensor(constant).setBuffer(buffers.size() - 1);
        return constant;
    }

    private void operator(
            int builtin, int version, int[] inputs, int output, byte optionsType, @Nullable Object options) {
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(builtin);
        code.setDeprecatedBuiltinCode((byte) builtin);
        code.setVersion(version);
        List<OperatorCodeT> codes = new ArrayList<>(Arrays.asList(model.getOperatorCodes()));
        codes.add(code);
        model.setOperatorCodes(codes.toArray(OperatorCodeT[]::new));
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(codes.size() - 1);
        operator.setInputs(inputs);
        operator.setOutputs(new int[] {output});
        BuiltinOptionsUnion union = new BuiltinOptionsUnion();
        union.setType(optionsType);
        union.setValue(options);
        operator.setBuiltinOptions(union);
        List<OperatorT> operators = new ArrayList<>(Arrays.asList(graph.getOperators()));
        operators.add(operator);
        graph.setOperators(operators.toArray(OperatorT[]::new));
    }

    private byte[] bytes() {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        builder.finish(Model.pack(builder, model), FILE_IDENTIFIER);
        return builder.sizedByteArray();
    }
}
