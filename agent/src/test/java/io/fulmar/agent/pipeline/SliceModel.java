package io.fulmar.agent.pipeline;

import com.google.flatbuffers.FlatBufferBuilder;
import com.google.flatbuffers.FlexBuffersBuilder;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.ModelRef;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.TensorType;

/**
 * A model that takes a picture and gives its numbers, one part after the other, as outputs of given shapes, so that a test chooses all
 * of them; or, of boxes and scores, what TFLite_Detection_PostProcess makes of them. Owned by the test.
 */
public final class SliceModel {
    private static final int RESHAPE = 0;
    private static final int SLICE = 1;
    private static final int DETECT = 2;

    private final List<TensorT> tensors = new ArrayList<>();
    private final List<BufferT> buffers = new ArrayList<>();
    private final List<OperatorT> operators = new ArrayList<>();

    private SliceModel() {
        buffers.add(buffer(new int[0]));
    }

    static LoadedModel open(List<String> labels, int[] input, int[]... outputs) {
        return open(labels, bytes(input, outputs));
    }

    public static byte[] bytes(int[] input, int[]... outputs) {
        return new SliceModel().bytes(input, null, outputs);
    }

    /** One that ends in the operator, of one class and a background. */
    static LoadedModel detecting(List<String> labels, int[] input, double[] anchors, double min, double iou) {
        int rows = anchors.length / 4;
        return open(
                labels,
                new SliceModel()
                        .bytes(input, new Detect(anchors, min, iou), new int[] {1, rows, 4}, new int[] {1, rows, 2}));
    }

    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Detect(double[] anchors, double min, double iou) {}

    private static LoadedModel open(List<String> labels, byte[] bytes) {
        ModelFile file = ModelFile.of("slices", bytes);
        return new LoadedModel(
                Interpreter.open(file, InterpreterOptions.DEFAULT),
                new ModelRef("slices", "1.0.0", file.sha256()),
                labels);
    }

    private byte[] bytes(int[] input, @Nullable Detect detect, int[]... shapes) {
        int all = IntStream.of(input).reduce(1, (a, b) -> a * b);
        int in = tensor("in", 0, TensorType.FLOAT32, input);
        int flat = tensor("flat", 0, TensorType.FLOAT32, 1, all);
        operator(RESHAPE, new int[] {in, ints(1, all)}, flat);
        int at = 0;
        int[] results = new int[shapes.length];
        for (int i = 0; i < shapes.length; i++) {
            int size = IntStream.of(shapes[i]).reduce(1, (a, b) -> a * b);
            int part = tensor("part" + i, 0, TensorType.FLOAT32, 1, size);
            operator(SLICE, new int[] {flat, ints(0, at), ints(1, size)}, part);
            results[i] = tensor("out" + i, 0, TensorType.FLOAT32, shapes[i]);
            operator(RESHAPE, new int[] {part, ints(shapes[i])}, results[i]);
            at += size;
        }
        if (detect != null) {
            results = detections(detect, results);
        }
        SubGraphT graph = new SubGraphT();
        graph.setName("main");
        graph.setTensors(tensors.toArray(TensorT[]::new));
        graph.setInputs(new int[] {in});
        graph.setOutputs(results);
        graph.setOperators(operators.toArray(OperatorT[]::new));
        OperatorCodeT detection = code(BuiltinOperator.CUSTOM);
        detection.setCustomCode("TFLite_Detection_PostProcess");
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setOperatorCodes(
                detect == null
                        ? new OperatorCodeT[] {code(BuiltinOperator.RESHAPE), code(BuiltinOperator.SLICE)}
                        : new OperatorCodeT[] {code(BuiltinOperator.RESHAPE), code(BuiltinOperator.SLICE), detection});
        model.setSubgraphs(new SubGraphT[] {graph});
        model.setBuffers(buffers.toArray(BufferT[]::new));
        FlatBufferBuilder builder = new FlatBufferBuilder();
        Model.finishModelBuffer(builder, Model.pack(builder, model));
        return builder.sizedByteArray();
    }

    private int[] detections(Detect detect, int[] raw) {
        int rows = detect.anchors().length / 4;
        ByteBuffer bytes = ByteBuffer.allocate(16 * rows).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : detect.anchors()) {
            bytes.putFloat((float) value);
        }
        buffers.add(buffer(data(bytes.array())));
        int anchors = tensor("anchors", buffers.size() - 1, TensorType.FLOAT32, rows, 4);
        int[] outputs = {
            tensor("boxes", 0, TensorType.FLOAT32, 1, 20, 4),
            tensor("classes", 0, TensorType.FLOAT32, 1, 20),
            tensor("scores", 0, TensorType.FLOAT32, 1, 20),
            tensor("count", 0, TensorType.FLOAT32, 1)
        };
        FlexBuffersBuilder options = new FlexBuffersBuilder();
        int map = options.startMap();
        options.putInt("max_detections", 20);
        options.putInt("max_classes_per_detection", 1);
        options.putInt("num_classes", 1);
        options.putFloat("nms_score_threshold", detect.min());
        options.putFloat("nms_iou_threshold", detect.iou());
        options.putFloat("y_scale", 10.0);
        options.putFloat("x_scale", 10.0);
        options.putFloat("h_scale", 5.0);
        options.putFloat("w_scale", 5.0);
        options.endMap(null, map);
        ByteBuffer finished = options.finish();
        byte[] custom = new byte[finished.remaining()];
        finished.get(custom);
        OperatorT operator = operator(DETECT, new int[] {raw[0], raw[1], anchors}, outputs);
        operator.setCustomOptions(data(custom));
        return outputs;
    }

    private OperatorT operator(int code, int[] inputs, int... outputs) {
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(code);
        operator.setInputs(inputs);
        operator.setOutputs(outputs);
        operators.add(operator);
        return operator;
    }

    private int ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        buffers.add(buffer(data(bytes.array())));
        return tensor("constant" + tensors.size(), buffers.size() - 1, TensorType.INT32, values.length);
    }

    private int tensor(String name, int buffer, byte type, int... shape) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(shape);
        tensor.setType(type);
        tensor.setBuffer(buffer);
        tensors.add(tensor);
        return tensors.size() - 1;
    }

    private static OperatorCodeT code(int builtin) {
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(builtin);
        code.setDeprecatedBuiltinCode((byte) Math.min(builtin, 127));
        code.setVersion(1);
        return code;
    }

    private static BufferT buffer(int[] data) {
        BufferT buffer = new BufferT();
        buffer.setData(data);
        return buffer;
    }

    private static int[] data(byte[] bytes) {
        return IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xFF).toArray();
    }
}
