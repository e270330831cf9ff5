package io.fulmar.training.quantize;

import com.google.flatbuffers.FlatBufferBuilder;
import io.fulmar.training.network.Layer;
import io.fulmar.training.network.Volume;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.lite.schema.ActivationFunctionType;
import org.tensorflow.lite.schema.Buffer;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.Conv2DOptionsT;
import org.tensorflow.lite.schema.FullyConnectedOptionsT;
import org.tensorflow.lite.schema.Metadata;
import org.tensorflow.lite.schema.MetadataT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.OperatorCode;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.Padding;
import org.tensorflow.lite.schema.QuantizationParametersT;
import org.tensorflow.lite.schema.ReducerOptionsT;
import org.tensorflow.lite.schema.SignatureDef;
import org.tensorflow.lite.schema.SignatureDefT;
import org.tensorflow.lite.schema.SoftmaxOptionsT;
import org.tensorflow.lite.schema.SubGraph;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorMapT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.TensorType;

/**
 * Writes a quantized network, with a softmax behind it, as a TensorFlow Lite file. The same network gives the same bytes. Used
 * for one file, then thrown away.
 */
public final class TfliteWriter {
    private static final int SCHEMA_VERSION = 3;
    private static final int CONSTANT_ALIGNMENT = 16;
    /** Per-channel int8 convolution. */
    private static final int CONVOLUTION_VERSION = 3;
    /** int8 input and output. */
    private static final int MEAN_VERSION = 2;

    private static final int FULLY_CONNECTED_VERSION = 4;
    private static final int SOFTMAX_VERSION = 2;

    private final List<byte[]> buffers = new ArrayList<>();
    private final List<TensorT> tensors = new ArrayList<>();
    private final List<OperatorCodeT> codes = new ArrayList<>();
    private final List<OperatorT> operators = new ArrayList<>();

    private TfliteWriter() {
        buffers.add(new byte[0]);
    }

    /** The file's bytes; the one signature is serving_default. */
    public static byte[] write(QuantizedNetwork network, String description, String inputName, String outputName) {
        return new TfliteWriter().model(network, description, inputName, outputName);
    }

    private byte[] model(QuantizedNetwork network, String description, String inputName, String outputName) {
        List<Volume> volumes = network.architecture().volumes();
        int input = activation(
                inputName, image(volumes.getFirst()), network.activations().getFirst());
        int last = input;
        for (int i = 0; i < network.architecture().layers().size(); i++) {
            Layer layer = network.architecture().layers().get(i);
            Volume out = volumes.get(i + 1);
            int[] shape = layer instanceof Layer.Convolution ? image(out) : vector(out);
            int result = activation(
                    "activation" + (i + 1), shape, network.activations().get(i + 1));
            switch (layer) {
                case Layer.Convolution convolution -> convolve(convolution, network, i, volumes.get(i), last, result);
                case Layer.MeanPool _ -> mean(last, result);
                case Layer.Dense _ -> connect(network, i, volumes.get(i), last, result);
            }
            last = result;
        }
        int output = activation(outputName, vector(volumes.getLast()), Affine.SOFTMAX);
        SoftmaxOptionsT softmax = new SoftmaxOptionsT();
        softmax.setBeta(1);
        operator(
                BuiltinOperator.SOFTMAX,
                SOFTMAX_VERSION,
                new int[] {last},
                output,
                BuiltinOptions.SoftmaxOptions,
                softmax);
        return pack(description, input, inputName, output, outputName);
    }

    private void convolve(
            Layer.Convolution layer, QuantizedNetwork network, int index, Volume in, int input, int output) {
        QuantizedParameters p = network.parameters().get(index);
        int[] shape = {layer.filters(), layer.kernelHeight(), layer.kernelWidth(), in.channels()};
        Conv2DOptionsT options = new Conv2DOptionsT();
        options.setPadding(layer.same() ? Padding.SAME : Padding.VALID);
        options.setStrideH(layer.strideHeight());
        options.setStrideW(layer.stride());
        options.setDilationHFactor(1);
        options.setDilationWFactor(1);
        options.setFusedActivationFunction(ActivationFunctionType.RELU);
        operator(
                BuiltinOperator.CONV_2D,
                CONVOLUTION_VERSION,
                new int[] {input, weights(index, shape, p), biases(index, p)},
                output,
                BuiltinOptions.Conv2DOptions,
                options);
    }

    private void mean(int input, int output) {
        byte[] axes = ints(1, 2);
        int axis = constant("axes", new int[] {2}, TensorType.INT32, axes, null);
        ReducerOptionsT options = new ReducerOptionsT();
        options.setKeepDims(false);
        operator(
                BuiltinOperator.MEAN,
                MEAN_VERSION,
                new int[] {input, axis},
                output,
                BuiltinOptions.ReducerOptions,
                options);
    }

    private void connect(QuantizedNetwork network, int index, Volume in, int input, int output) {
        QuantizedParameters p = network.parameters().get(index);
        int[] shape = {p.biases().length, in.size()};
        FullyConnectedOptionsT options = new FullyConnectedOptionsT();
        options.setFusedActivationFunction(ActivationFunctionType.NONE);
        operator(
                BuiltinOperator.FULLY_CONNECTED,
                FULLY_CONNECTED_VERSION,
                new int[] {input, weights(index, shape, p), biases(index, p)},
                output,
                BuiltinOptions.FullyConnectedOptions,
                options);
    }

    private int weights(int index, int[] shape, QuantizedParameters p) {
        return constant("weights" + index, shape, TensorType.INT8, p.weights(), symmetric(p.weightScales()));
    }

    private int biases(int index, QuantizedParameters p) {
        int[] shape = {p.biases().length};
        return constant("biases" + index, shape, TensorType.INT32, ints(p.biases()), symmetric(p.biasScales()));
    }

    private int activation(String name, int[] shape, Affine affine) {
        QuantizationParametersT quantization = new QuantizationParametersT();
        quantization.setScale(new float[] {affine.scale()});
        quantization.setZeroPoint(new long[] {affine.zeroPoint()});
        return tensor(name, shape, TensorType.INT8, 0, quantization);
    }

    private int constant(
            String name, int[] shape, byte type, byte[] content, @Nullable QuantizationParametersT quantization) {
        buffers.add(content);
        return tensor(
                name,
                shape,
                type,
                buffers.size() - 1,
                quantization == null ? new QuantizationParametersT() : quantization);
    }

    private static QuantizationParametersT symmetric(float[] scales) {
        QuantizationParametersT quantization = new QuantizationParametersT();
        quantization.setScale(scales);
        quantization.setZeroPoint(new long[scales.length]);
        quantization.setQuantizedDimension(0);
        return quantization;
    }

    private int tensor(String name, int[] shape, byte type, int buffer, QuantizationParametersT quantization) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(shape);
        tensor.setType(type);
        tensor.setBuffer(buffer);
        tensor.setQuantization(quantization);
        tensors.add(tensor);
        return tensors.size() - 1;
    }

    private void operator(int builtin, int version, int[] inputs, int output, byte optionsType, Object options) {
        BuiltinOptionsUnion union = new BuiltinOptionsUnion();
        union.setType(optionsType);
        union.setValue(options);
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(code(builtin, version));
        operator.setInputs(inputs);
        operator.setOutputs(new int[] {output});
        operator.setBuiltinOptions(union);
        operators.add(operator);
    }

    private int code(int builtin, int version) {
        for (int i = 0; i < codes.size(); i++) {
            if (codes.get(i).getBuiltinCode() == builtin) {
                return i;
            }
        }
        OperatorCodeT code = new OperatorCodeT();
        code.setDeprecatedBuiltinCode((byte) builtin);
        code.setBuiltinCode(builtin);
        code.setVersion(version);
        codes.add(code);
        return codes.size() - 1;
    }

    private byte[] pack(String description, int input, String inputName, int output, String outputName) {
        SubGraphT graph = new SubGraphT();
        graph.setName("main");
        graph.setTensors(tensors.toArray(TensorT[]::new));
        graph.setOperators(operators.toArray(OperatorT[]::new));
        graph.setInputs(new int[] {input});
        graph.setOutputs(new int[] {output});
        SignatureDefT signature = new SignatureDefT();
        signature.setSignatureKey("serving_default");
        signature.setSubgraphIndex(0);
        signature.setInputs(new TensorMapT[] {named(inputName, input)});
        signature.setOutputs(new TensorMapT[] {named(outputName, output)});
        return assemble(description, graph, signature);
    }

    private byte[] assemble(String description, SubGraphT graph, SignatureDefT signature) {
        FlatBufferBuilder builder = new FlatBufferBuilder(1 << 16);
        int metadata = Metadata.pack(builder, minimumRuntime());
        int[] bufferTables =
                buffers.stream().mapToInt(content -> buffer(builder, content)).toArray();
        int buffersVector = Model.createBuffersVector(builder, bufferTables);
        int metadataVector = Model.createMetadataVector(builder, new int[] {metadata});
        int signatures = Model.createSignatureDefsVector(builder, new int[] {SignatureDef.pack(builder, signature)});
        int subgraphs = Model.createSubgraphsVector(builder, new int[] {SubGraph.pack(builder, graph)});
        int operatorCodes = Model.createOperatorCodesVector(
                builder,
                codes.stream()
                        .mapToInt(code -> OperatorCode.pack(builder, code))
                        .toArray());
        int text = builder.createString(description);
        Model.startModel(builder);
        Model.addVersion(builder, SCHEMA_VERSION);
        Model.addOperatorCodes(builder, operatorCodes);
        Model.addSubgraphs(builder, subgraphs);
        Model.addDescription(builder, text);
        Model.addBuffers(builder, buffersVector);
        Model.addMetadata(builder, metadataVector);
        Model.addSignatureDefs(builder, signatures);
        Model.finishModelBuffer(builder, Model.endModel(builder));
        return builder.sizedByteArray();
    }

    /** The schema wants constants to lie at multiples of 16, which its generated Java does not see to. */
    private static int buffer(FlatBufferBuilder builder, byte[] content) {
        if (content.length == 0) {
            Buffer.startBuffer(builder);
            return Buffer.endBuffer(builder);
        }
        builder.startVector(1, content.length, CONSTANT_ALIGNMENT);
        for (int i = content.length - 1; i >= 0; i--) {
            builder.addByte(content[i]);
        }
        int data = builder.endVector();
        Buffer.startBuffer(builder);
        Buffer.addData(builder, data);
        return Buffer.endBuffer(builder);
    }

    /** The oldest runtime that has these versions of the operators. */
    private MetadataT minimumRuntime() {
        buffers.add("1.14.0\0\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
        MetadataT metadata = new MetadataT();
        metadata.setName("min_runtime_version");
        metadata.setBuffer(buffers.size() - 1);
        return metadata;
    }

    private static TensorMapT named(String name, int tensor) {
        TensorMapT map = new TensorMapT();
        map.setName(name);
        map.setTensorIndex(tensor);
        return map;
    }

    private static int[] image(Volume volume) {
        return new int[] {1, volume.height(), volume.width(), volume.channels()};
    }

    private static int[] vector(Volume volume) {
        return new int[] {1, volume.size()};
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }
}
