package io.fulmar.model.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.lite.schema.AddOptionsT;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.FullyConnectedOptionsT;
import org.tensorflow.lite.schema.MetadataT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.MulOptionsT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.QuantizationParametersT;
import org.tensorflow.lite.schema.ReshapeOptionsT;
import org.tensorflow.lite.schema.SignatureDefT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorMapT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.WhereOptionsT;

/** Writes small models in pure Java. */
public final class TestModel {
    private final List<BufferT> buffers = new ArrayList<>(List.of(new BufferT()));
    private final List<OperatorCodeT> codes = new ArrayList<>();
    private final List<SubGraphT> graphs = new ArrayList<>();
    private final List<SignatureDefT> signatures = new ArrayList<>();
    private final List<MetadataT> metadata = new ArrayList<>();
    private final List<TensorT> tensors = new ArrayList<>();
    private final List<OperatorT> operators = new ArrayList<>();

    int tensor(String name, TensorType type, int... shape) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setType((byte) type.schemaCode());
        tensor.setShape(shape);
        tensors.add(tensor);
        return tensors.size() - 1;
    }

    int quantized(String name, TensorType type, float scale, int zeroPoint, int... shape) {
        int index = tensor(name, type, shape);
        quantize(index, new float[] {scale}, new long[] {zeroPoint}, 0);
        return index;
    }

    void quantize(int tensor, float[] scales, long[] zeroPoints, int dimension) {
        QuantizationParametersT quantization = new QuantizationParametersT();
        quantization.setScale(scales);
        quantization.setZeroPoint(zeroPoints);
        quantization.setQuantizedDimension(dimension);
        tensors.get(tensor).setQuantization(quantization);
    }

    TensorT tensorAt(int index) {
        return tensors.get(index);
    }

    OperatorT operatorAt(int index) {
        return operators.get(index);
    }

    void content(int tensor, int... bytes) {
        tensors.get(tensor).setBuffer(buffer(bytes));
    }

    int buffer(int... bytes) {
        BufferT buffer = new BufferT();
        buffer.setData(bytes);
        buffers.add(buffer);
        return buffers.size() - 1;
    }

    int ints(String name, int... values) {
        int index = tensor(name, TensorType.INT32, values.length);
        int[] bytes = new int[4 * values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (values[i / 4] >> (8 * (i % 4))) & 0xff;
        }
        content(index, bytes);
        return index;
    }

    TestModel operator(int builtin, int version, byte optionsType, Object options, int[] inputs, int... outputs) {
        OperatorCodeT code = new OperatorCodeT();
        code.setDeprecatedBuiltinCode((byte) Math.min(127, builtin));
        code.setBuiltinCode(builtin);
        code.setVersion(version);
        codes.add(code);
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(codes.size() - 1L);
        operator.setInputs(inputs);
        operator.setOutputs(outputs);
        BuiltinOptionsUnion union = new BuiltinOptionsUnion();
        union.setType(optionsType);
        union.setValue(options);
        operator.setBuiltinOptions(union);
        operators.add(operator);
        return this;
    }

    TestModel add(int a, int b, int sum) {
        return operator(BuiltinOperator.ADD, 1, BuiltinOptions.AddOptions, new AddOptionsT(), new int[] {a, b}, sum);
    }

    TestModel multiply(int a, int b, int product) {
        return operator(
                BuiltinOperator.MUL, 1, BuiltinOptions.MulOptions, new MulOptionsT(), new int[] {a, b}, product);
    }

    TestModel reshape(int from, int to) {
        int[] shape = tensors.get(to).getShape();
        ReshapeOptionsT options = new ReshapeOptionsT();
        options.setNewShape(shape);
        return operator(
                BuiltinOperator.RESHAPE,
                1,
                BuiltinOptions.ReshapeOptions,
                options,
                new int[] {from, ints("shape of " + to, shape)},
                to);
    }

    TestModel fullyConnected(int version, int input, int weights, int bias, int output) {
        return operator(
                BuiltinOperator.FULLY_CONNECTED,
                version,
                BuiltinOptions.FullyConnectedOptions,
                new FullyConnectedOptionsT(),
                new int[] {input, weights, bias},
                output);
    }

    /** Ends a subgraph; what is added next belongs to the following one. */
    TestModel graph(int[] inputs, int... outputs) {
        SubGraphT graph = new SubGraphT();
        graph.setName("graph" + graphs.size());
        graph.setTensors(tensors.toArray(TensorT[]::new));
        graph.setOperators(operators.toArray(OperatorT[]::new));
        graph.setInputs(inputs);
        graph.setOutputs(outputs);
        graphs.add(graph);
        tensors.clear();
        operators.clear();
        return this;
    }

    TestModel signature(String key, int graph, String input, int inputTensor, String output, int outputTensor) {
        SignatureDefT signature = new SignatureDefT();
        signature.setSignatureKey(key);
        signature.setSubgraphIndex(graph);
        signature.setInputs(new TensorMapT[] {entry(input, inputTensor)});
        signature.setOutputs(new TensorMapT[] {entry(output, outputTensor)});
        signatures.add(signature);
        return this;
    }

    private static TensorMapT entry(String name, int tensor) {
        TensorMapT map = new TensorMapT();
        map.setName(name);
        map.setTensorIndex(tensor);
        return map;
    }

    TestModel metadata(String name, int... bytes) {
        MetadataT entry = new MetadataT();
        entry.setName(name);
        entry.setBuffer(buffer(bytes));
        metadata.add(entry);
        return this;
    }

    public byte[] bytes() {
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setDescription("made by a test");
        model.setBuffers(buffers.toArray(BufferT[]::new));
        model.setOperatorCodes(codes.toArray(OperatorCodeT[]::new));
        model.setSubgraphs(graphs.toArray(SubGraphT[]::new));
        model.setSignatureDefs(signatures.toArray(SignatureDefT[]::new));
        model.setMetadata(metadata.toArray(MetadataT[]::new));
        FlatBufferBuilder builder = new FlatBufferBuilder(1024);
        Model.finishModelBuffer(builder, Model.pack(builder, model));
        return builder.sizedByteArray();
    }

    public ModelFile file() {
        return ModelFile.of("test model", bytes());
    }

    /** Two inputs of four numbers; their sum and their product. */
    public static TestModel sumAndProduct() {
        TestModel model = new TestModel();
        int a = model.tensor("a", TensorType.FLOAT32, 1, 4);
        int b = model.tensor("b", TensorType.FLOAT32, 1, 4);
        int sum = model.tensor("sum", TensorType.FLOAT32, 1, 4);
        int product = model.tensor("product", TensorType.FLOAT32, 1, 4);
        return model.add(a, b, sum).multiply(a, b, product).graph(new int[] {a, b}, sum, product);
    }

    /** Gives its input of two numbers in another shape, whatever the type. */
    public static TestModel echo(TensorType type) {
        TestModel model = new TestModel();
        int in = model.tensor("in", type, 1, 4);
        int out = model.tensor("out", type, 2, 2);
        return model.reshape(in, out).graph(new int[] {in}, out);
    }

    public static TestModel quantizedEcho(TensorType type, float scale, int zeroPoint) {
        TestModel model = new TestModel();
        int in = model.quantized("in", type, scale, zeroPoint, 1, 4);
        int out = model.quantized("out", type, scale, zeroPoint, 2, 2);
        return model.reshape(in, out).graph(new int[] {in}, out);
    }

    /** Adds its input to itself; the first dimension may be chosen. */
    static TestModel twice() {
        TestModel model = new TestModel();
        int x = model.tensor("x", TensorType.FLOAT32, 1, 4);
        int y = model.tensor("y", TensorType.FLOAT32, 1, 4);
        model.tensorAt(x).setShapeSignature(new int[] {-1, 4});
        model.tensorAt(y).setShapeSignature(new int[] {-1, 4});
        return model.add(x, x, y).graph(new int[] {x}, y);
    }

    /** The places where its input is true: how many is known only after running. */
    static TestModel whereTrue() {
        TestModel model = new TestModel();
        int in = model.tensor("in", TensorType.BOOL, 6);
        int out = model.tensor("out", TensorType.INT64, 0, 1);
        return model.operator(
                        BuiltinOperator.WHERE, 1, BuiltinOptions.WhereOptions, new WhereOptionsT(), new int[] {in}, out)
                .graph(new int[] {in}, out);
    }

    /** Two entry points, one for each subgraph: twice the input, and its square. */
    static TestModel twoSignatures() {
        TestModel model = new TestModel();
        int x = model.tensor("x", TensorType.FLOAT32, 1, 4);
        int y = model.tensor("y", TensorType.FLOAT32, 1, 4);
        model.add(x, x, y).graph(new int[] {x}, y);
        int u = model.tensor("u", TensorType.FLOAT32, 1, 4);
        int v = model.tensor("v", TensorType.FLOAT32, 1, 4);
        model.tensorAt(u).setShapeSignature(new int[] {-1, 4});
        model.tensorAt(v).setShapeSignature(new int[] {-1, 4});
        model.multiply(u, u, v).graph(new int[] {u}, v);
        return model.signature("twice", 0, "number", x, "doubled", y).signature("square", 1, "number", u, "squared", v);
    }

    /** A dense int8 layer whose weights have a scale for each of the two outputs: [1, -1] and [0.5, 0.5]. */
    static TestModel perChannelDense() {
        TestModel model = new TestModel();
        int in = model.quantized("in", TensorType.INT8, 0.1f, 0, 1, 2);
        int weights = model.tensor("weights", TensorType.INT8, 2, 2);
        model.quantize(weights, new float[] {0.01f, 0.005f}, new long[] {0, 0}, 0);
        model.content(weights, 100, -100 & 0xff, 100, 100);
        int bias = model.tensor("bias", TensorType.INT32, 2);
        model.quantize(bias, new float[] {0.001f, 0.0005f}, new long[] {0, 0}, 0);
        model.content(bias, 0, 0, 0, 0, 0, 0, 0, 0);
        int out = model.quantized("out", TensorType.INT8, 0.1f, -10, 1, 2);
        return model.fullyConnected(5, in, weights, bias, out).graph(new int[] {in}, out);
    }
}
