package io.fulmar.model.tflite;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.lite.schema.BuiltinOperator;

/**
 * The conditions that the native code of an operator takes for granted: a model that breaks one would end the process
 * by a division by zero, a null pointer or a failed assertion. Each rule here was found by running damaged models.
 *
 * <p>Confined to the call that reads a model.
 */
final class OperatorRules {
    private static final int MAX_STEP = 1 << 16;
    private static final int MAX_INPUTS = 1 << 12;
    private static final int LAST_PADDING = 1;
    private static final int LAST_ACTIVATION = 5;

    private final int builtin;
    private final FlatBuffer.@Nullable Table options;
    private final List<@Nullable GraphTensor> inputs;
    private final List<GraphTensor> outputs;

    OperatorRules(
            int builtin,
            FlatBuffer.@Nullable Table options,
            List<@Nullable GraphTensor> inputs,
            List<GraphTensor> outputs) {
        this.builtin = builtin;
        this.options = options;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** What is wrong with the operator, or an empty text. */
    String fault() {
        List<String> faults = new ArrayList<>();
        faults.add(countFault());
        faults.add(missingFault());
        faults.add(stateFault());
        faults.add(stepFault());
        if (faults.stream().allMatch(String::isEmpty)) {
            faults.add(
                    switch (builtin) {
                        case BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D -> convolutionFault();
                        case BuiltinOperator.AVERAGE_POOL_2D, BuiltinOperator.MAX_POOL_2D, BuiltinOperator.L2_POOL_2D ->
                            windowFault();
                        case BuiltinOperator.FULLY_CONNECTED -> denseFault();
                        case BuiltinOperator.LSTM,
                                BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM,
                                BuiltinOperator.BIDIRECTIONAL_SEQUENCE_LSTM -> recurrentFault();
                        case BuiltinOperator.RESHAPE,
                                BuiltinOperator.SQUEEZE,
                                BuiltinOperator.EXPAND_DIMS,
                                BuiltinOperator.TRANSPOSE,
                                BuiltinOperator.SLICE,
                                BuiltinOperator.STRIDED_SLICE,
                                BuiltinOperator.GATHER,
                                BuiltinOperator.GATHER_ND,
                                BuiltinOperator.TILE,
                                BuiltinOperator.PAD,
                                BuiltinOperator.PADV2,
                                BuiltinOperator.MIRROR_PAD,
                                BuiltinOperator.CONCATENATION,
                                BuiltinOperator.PACK,
                                BuiltinOperator.UNPACK,
                                BuiltinOperator.REVERSE_V2,
                                BuiltinOperator.BROADCAST_TO,
                                BuiltinOperator.SPACE_TO_BATCH_ND,
                                BuiltinOperator.BATCH_TO_SPACE_ND -> copyFault(input(0));
                        case BuiltinOperator.SPLIT -> copyFault(input(1));
                        default -> "";
                    });
        }
        return faults.stream().filter(fault -> !fault.isEmpty()).findFirst().orElse("");
    }

    private String countFault() {
        Counts counts = Counts.of(builtin);
        if (inputs.size() < counts.minInputs || inputs.size() > counts.maxInputs) {
            return "has " + inputs.size() + " inputs";
        }
        if (outputs.size() < counts.minOutputs || outputs.size() > counts.maxOutputs) {
            return "has " + outputs.size() + " outputs";
        }
        return "";
    }

    private String missingFault() {
        int required = requiredInputs();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i) == null && i < required) {
                return "has no input " + i;
            }
        }
        return "";
    }

    /** How many inputs, from the first one on, the operator cannot do without. */
    private int requiredInputs() {
        return switch (builtin) {
            case BuiltinOperator.FULLY_CONNECTED,
                    BuiltinOperator.CONV_2D,
                    BuiltinOperator.DEPTHWISE_CONV_2D,
                    BuiltinOperator.CONV_3D,
                    BuiltinOperator.SVDF -> 2;
            case BuiltinOperator.TRANSPOSE_CONV, BuiltinOperator.CONV_3D_TRANSPOSE -> 3;
            default -> isRecurrent() ? 1 : Integer.MAX_VALUE;
        };
    }

    private boolean isRecurrent() {
        return switch (builtin) {
            case BuiltinOperator.LSTM,
                    BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM,
                    BuiltinOperator.BIDIRECTIONAL_SEQUENCE_LSTM,
                    BuiltinOperator.RNN,
                    BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_RNN,
                    BuiltinOperator.BIDIRECTIONAL_SEQUENCE_RNN,
                    BuiltinOperator.SVDF -> true;
            default -> false;
        };
    }

    private String stateFault() {
        boolean mayKeepState = isRecurrent() || builtin == BuiltinOperator.CUSTOM;
        for (GraphTensor input : inputs) {
            if (input != null && input.variable() && !mayKeepState) {
                return "reads a variable, which only recurrent operators may";
            }
        }
        return "";
    }

    private String stepFault() {
        int[] fields = stepFields();
        if (fields.length > 0 && options == null) {
            return "has no options";
        }
        for (int field : fields) {
            int step = options == null ? 1 : options.intField(Math.abs(field), field < 0 ? 1 : 0, "a step");
            if (step < 1 || step > MAX_STEP) {
                return "has a stride, dilation, window or multiplier of " + step;
            }
        }
        return "";
    }

    /** The option fields that must be positive; negative numbers mark those that are 1 unless the file says else. */
    private int[] stepFields() {
        return switch (builtin) {
            case BuiltinOperator.CONV_2D -> new int[] {1, 2, -4, -5};
            case BuiltinOperator.DEPTHWISE_CONV_2D -> new int[] {1, 2, -5, -6};
            case BuiltinOperator.AVERAGE_POOL_2D, BuiltinOperator.MAX_POOL_2D, BuiltinOperator.L2_POOL_2D ->
                new int[] {1, 2, 3, 4};
            case BuiltinOperator.TRANSPOSE_CONV -> new int[] {1, 2};
            case BuiltinOperator.CONV_3D, BuiltinOperator.CONV_3D_TRANSPOSE -> new int[] {1, 2, 3, -5, -6, -7};
            case BuiltinOperator.SPACE_TO_DEPTH, BuiltinOperator.DEPTH_TO_SPACE -> new int[] {0};
            default -> new int[0];
        };
    }

    private String windowFault() {
        int padding = options == null ? 0 : options.byteField(0, 0, "the padding");
        if (padding < 0 || padding > LAST_PADDING) {
            return "has the unknown padding " + padding;
        }
        GraphTensor data = input(0);
        if (data.rank() != 0 && data.rank() != 4) {
            return "has an input of " + data.rank() + " dimensions, not 4";
        }
        return dataFault(data);
    }

    /** What flows through a layer is computed, not stored. */
    private String dataFault(GraphTensor data) {
        if (data.constant()) {
            return "has a constant where its data should be";
        }
        return data.isEmpty() ? "has an empty input" : "";
    }

    private String convolutionFault() {
        String fault = windowFault();
        if (!fault.isEmpty()) {
            return fault;
        }
        boolean depthwise = builtin == BuiltinOperator.DEPTHWISE_CONV_2D;
        int activation = options == null ? 0 : options.byteField(depthwise ? 4 : 3, 0, "the activation");
        if (activation < 0 || activation > LAST_ACTIVATION) {
            return "has the unknown activation " + activation;
        }
        GraphTensor data = input(0);
        GraphTensor filter = input(1);
        if (filter.rank() != 4 || filter.isEmpty()) {
            return "has a filter of shape " + filter.shape();
        }
        int channels = filter.shape().get(depthwise ? 3 : 0);
        if (depthwise && filter.shape().get(0) != 1) {
            return "has a filter of shape " + filter.shape();
        }
        if (data.isFixed(3)) {
            int dataChannels = data.shape().get(3);
            boolean fits = depthwise
                    ? channels % dataChannels == 0
                    : dataChannels % filter.shape().get(3) == 0
                            && channels % (dataChannels / filter.shape().get(3)) == 0;
            if (!fits) {
                return "has a filter of shape " + filter.shape() + " for " + dataChannels + " channels";
            }
        }
        return layerFault(data, filter, channels);
    }

    private String denseFault() {
        GraphTensor data = input(0);
        GraphTensor weights = input(1);
        String fault = dataFault(data);
        if (!fault.isEmpty()) {
            return fault;
        }
        if (weights.rank() != 2 || weights.isEmpty()) {
            return "has weights of shape " + weights.shape();
        }
        return layerFault(data, weights, weights.shape().get(0));
    }

    private String layerFault(GraphTensor data, GraphTensor weights, int channels) {
        GraphTensor bias = inputs.size() > 2 ? inputs.get(2) : null;
        if (bias == null && (data.type() == TensorType.UINT8 || builtin == BuiltinOperator.DEPTHWISE_CONV_2D)) {
            return "has no bias";
        }
        if (bias != null && (bias.isEmpty() || elements(bias) != channels)) {
            return "has a bias of shape " + bias.shape() + " for " + channels + " channels";
        }
        boolean quantized =
                data.type() == TensorType.INT8 || data.type() == TensorType.UINT8 || data.type() == TensorType.INT16;
        if (quantized && !(isQuantized(data) && isQuantized(weights) && isQuantized(outputs.getFirst()))) {
            return "is quantized, but not all of its tensors have scales";
        }
        return "";
    }

    private static long elements(GraphTensor tensor) {
        return tensor.shape().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    private static boolean isQuantized(GraphTensor tensor) {
        return tensor.description().quantization().isQuantized();
    }

    /** Some of these copy as many bytes as the input has, wherever that ends. */
    private String copyFault(GraphTensor data) {
        for (GraphTensor output : outputs) {
            if (output.type() != data.type()) {
                return "copies " + data.type().text() + " to " + output.type().text();
            }
        }
        return "";
    }

    private String recurrentFault() {
        GraphTensor data = input(0);
        int rank = builtin == BuiltinOperator.LSTM ? 2 : 3;
        if (data.rank() != 0 && data.rank() != rank) {
            return "has an input of " + data.rank() + " dimensions, not " + rank;
        }
        for (GraphTensor output : outputs) {
            if (builtin != BuiltinOperator.LSTM && output.type() != data.type()) {
                return "takes " + data.type().text() + ", but gives "
                        + output.type().text();
            }
        }
        for (GraphTensor input : inputs) {
            if (input != null && !isOrdinary(input.type())) {
                return "has an input of type " + input.type().text();
            }
        }
        return dataFault(data);
    }

    private static boolean isOrdinary(TensorType type) {
        return switch (type) {
            case FLOAT32, INT8, UINT8, INT16, INT32 -> true;
            case FLOAT16,
                    INT64,
                    STRING,
                    BOOL,
                    COMPLEX64,
                    FLOAT64,
                    COMPLEX128,
                    UINT64,
                    RESOURCE,
                    VARIANT,
                    UINT32,
                    UINT16,
                    INT4,
                    BFLOAT16 -> false;
        };
    }

    /** An input that {@link #missingFault} has found to be there. */
    private GraphTensor input(int index) {
        GraphTensor tensor = inputs.get(index);
        if (tensor == null) {
            throw new IllegalStateException("input " + index);
        }
        return tensor;
    }

    /** How many inputs and outputs an operator may have. Immutable. */
    private record Counts(int minInputs, int maxInputs, int minOutputs, int maxOutputs) {
        static Counts of(int builtin) {
            return switch (builtin) {
                case BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D -> new Counts(2, 3, 1, 1);
                case BuiltinOperator.FULLY_CONNECTED -> new Counts(2, 3, 1, 2);
                case BuiltinOperator.TRANSPOSE_CONV, BuiltinOperator.CONV_3D_TRANSPOSE -> new Counts(3, 4, 1, 1);
                case BuiltinOperator.CONV_3D -> new Counts(2, 3, 1, 1);
                case BuiltinOperator.RESHAPE, BuiltinOperator.SQUEEZE -> new Counts(1, 2, 1, 1);
                case BuiltinOperator.AVERAGE_POOL_2D,
                        BuiltinOperator.MAX_POOL_2D,
                        BuiltinOperator.L2_POOL_2D,
                        BuiltinOperator.SOFTMAX,
                        BuiltinOperator.LOG_SOFTMAX,
                        BuiltinOperator.LOGISTIC,
                        BuiltinOperator.TANH,
                        BuiltinOperator.RELU,
                        BuiltinOperator.RELU6,
                        BuiltinOperator.RELU_N1_TO_1,
                        BuiltinOperator.RELU_0_TO_1,
                        BuiltinOperator.LEAKY_RELU,
                        BuiltinOperator.ELU,
                        BuiltinOperator.GELU,
                        BuiltinOperator.HARD_SWISH,
                        BuiltinOperator.ABS,
                        BuiltinOperator.NEG,
                        BuiltinOperator.EXP,
                        BuiltinOperator.LOG,
                        BuiltinOperator.SQRT,
                        BuiltinOperator.RSQRT,
                        BuiltinOperator.SQUARE,
                        BuiltinOperator.SIN,
                        BuiltinOperator.COS,
                        BuiltinOperator.FLOOR,
                        BuiltinOperator.CEIL,
                        BuiltinOperator.ROUND,
                        BuiltinOperator.CAST,
                        BuiltinOperator.QUANTIZE,
                        BuiltinOperator.DEQUANTIZE,
                        BuiltinOperator.SHAPE,
                        BuiltinOperator.RANK,
                        BuiltinOperator.ZEROS_LIKE,
                        BuiltinOperator.LOGICAL_NOT,
                        BuiltinOperator.WHERE,
                        BuiltinOperator.SPACE_TO_DEPTH,
                        BuiltinOperator.DEPTH_TO_SPACE,
                        BuiltinOperator.L2_NORMALIZATION -> new Counts(1, 1, 1, 1);
                case BuiltinOperator.ADD,
                        BuiltinOperator.SUB,
                        BuiltinOperator.MUL,
                        BuiltinOperator.DIV,
                        BuiltinOperator.MAXIMUM,
                        BuiltinOperator.MINIMUM,
                        BuiltinOperator.POW,
                        BuiltinOperator.SQUARED_DIFFERENCE,
                        BuiltinOperator.FLOOR_DIV,
                        BuiltinOperator.FLOOR_MOD,
                        BuiltinOperator.EQUAL,
                        BuiltinOperator.NOT_EQUAL,
                        BuiltinOperator.LESS,
                        BuiltinOperator.LESS_EQUAL,
                        BuiltinOperator.GREATER,
                        BuiltinOperator.GREATER_EQUAL,
                        BuiltinOperator.LOGICAL_AND,
                        BuiltinOperator.LOGICAL_OR,
                        BuiltinOperator.PRELU,
                        BuiltinOperator.MEAN,
                        BuiltinOperator.SUM,
                        BuiltinOperator.REDUCE_MAX,
                        BuiltinOperator.REDUCE_MIN,
                        BuiltinOperator.REDUCE_PROD,
                        BuiltinOperator.REDUCE_ANY,
                        BuiltinOperator.PAD,
                        BuiltinOperator.MIRROR_PAD,
                        BuiltinOperator.TRANSPOSE,
                        BuiltinOperator.TILE,
                        BuiltinOperator.EXPAND_DIMS,
                        BuiltinOperator.GATHER,
                        BuiltinOperator.GATHER_ND,
                        BuiltinOperator.ARG_MAX,
                        BuiltinOperator.ARG_MIN,
                        BuiltinOperator.RESIZE_BILINEAR,
                        BuiltinOperator.RESIZE_NEAREST_NEIGHBOR,
                        BuiltinOperator.BATCH_MATMUL,
                        BuiltinOperator.REVERSE_V2,
                        BuiltinOperator.BROADCAST_TO,
                        BuiltinOperator.FILL,
                        BuiltinOperator.CUMSUM,
                        BuiltinOperator.EMBEDDING_LOOKUP -> new Counts(2, 2, 1, 1);
                case BuiltinOperator.PADV2,
                        BuiltinOperator.SLICE,
                        BuiltinOperator.SELECT,
                        BuiltinOperator.SELECT_V2,
                        BuiltinOperator.BATCH_TO_SPACE_ND,
                        BuiltinOperator.SPACE_TO_BATCH_ND,
                        BuiltinOperator.RANGE,
                        BuiltinOperator.SCATTER_ND -> new Counts(3, 3, 1, 1);
                case BuiltinOperator.STRIDED_SLICE, BuiltinOperator.ONE_HOT -> new Counts(4, 4, 1, 1);
                case BuiltinOperator.SPLIT, BuiltinOperator.TOPK_V2 -> new Counts(2, 2, 1, MAX_INPUTS);
                case BuiltinOperator.SPLIT_V -> new Counts(3, 3, 1, MAX_INPUTS);
                case BuiltinOperator.LSTM -> new Counts(5, 24, 1, 4);
                case BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM -> new Counts(20, 24, 1, 1);
                case BuiltinOperator.BIDIRECTIONAL_SEQUENCE_LSTM -> new Counts(39, 48, 1, 2);
                case BuiltinOperator.RNN, BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_RNN, BuiltinOperator.SVDF ->
                    new Counts(5, 5, 1, 1);
                case BuiltinOperator.CONCATENATION, BuiltinOperator.PACK, BuiltinOperator.ADD_N ->
                    new Counts(1, MAX_INPUTS, 1, 1);
                case BuiltinOperator.CUSTOM,
                        BuiltinOperator.CALL_ONCE,
                        BuiltinOperator.VAR_HANDLE,
                        BuiltinOperator.ASSIGN_VARIABLE,
                        BuiltinOperator.HASHTABLE,
                        BuiltinOperator.HASHTABLE_IMPORT,
                        BuiltinOperator.IF,
                        BuiltinOperator.WHILE -> new Counts(0, MAX_INPUTS, 0, MAX_INPUTS);
                default -> new Counts(1, MAX_INPUTS, 1, MAX_INPUTS);
            };
        }
    }
}
