package io.fulmar.model.tflite;

import java.util.Set;
import java.util.function.IntFunction;
import org.tensorflow.lite.schema.BuiltinOperator;

/**
 * What is known about TensorFlow Lite's operators: their names, and the conditions that their native code takes for
 * granted instead of checking them.
 *
 * <p>Immutable.
 */
final class Operators {
    /** The last operator of 2.20. */
    private static final int LAST = 209;

    private static final String FLEX_PREFIX = "Flex";

    /** Custom operators that the native library brings along. */
    private static final Set<String> BUNDLED_CUSTOM =
            Set.of("TFLite_Detection_PostProcess", "Mfcc", "AudioSpectrogram", "NumericVerify");

    private static final int MAX_STEP = 1 << 16;

    private Operators() {}

    /** An operator code of a model file. Immutable. */
    record Code(int builtin, String custom, int version) {
        String name() {
            return builtin == BuiltinOperator.CUSTOM ? custom : builtinName(builtin);
        }

        boolean isFlex() {
            return builtin == BuiltinOperator.CUSTOM && custom.startsWith(FLEX_PREFIX);
        }

        boolean isUnresolved() {
            return builtin == BuiltinOperator.CUSTOM && !BUNDLED_CUSTOM.contains(custom);
        }
    }

    static boolean isKnown(int code) {
        return code >= 0 && code <= LAST;
    }

    private static String builtinName(int code) {
        return code < BuiltinOperator.names.length ? BuiltinOperator.name(code) : "BUILTIN_" + code;
    }

    static boolean isZeroPoint(TensorType type, long value) {
        return switch (type) {
            case UINT8 -> value >= 0 && value <= 255;
            case INT8 -> value >= Byte.MIN_VALUE && value <= Byte.MAX_VALUE;
            case INT16 -> value >= Short.MIN_VALUE && value <= Short.MAX_VALUE;
            case FLOAT32,
                    FLOAT16,
                    INT32,
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
                    BFLOAT16 -> value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE;
        };
    }

    /** The subgraphs that an operator calls; their indices were checked by {@link #fault}. */
    static int[] called(Code code, FlatBuffer.Table operator) {
        FlatBuffer.Table options = operator.tableField(4, "its options");
        if (options == null) {
            return new int[0];
        }
        return switch (code.builtin) {
            case BuiltinOperator.IF, BuiltinOperator.WHILE ->
                new int[] {options.intField(0, 0, "its first subgraph"), options.intField(1, 0, "its second subgraph")};
            case BuiltinOperator.CALL_ONCE -> new int[] {options.intField(0, 0, "its subgraph")};
            default -> new int[0];
        };
    }

    /** What is wrong with an operator, or an empty text. */
    static String fault(
            Code code,
            int[] inputs,
            int[] outputs,
            FlatBuffer.Table operator,
            IntFunction<TensorDescription> tensors,
            int graphCount) {
        for (int called : called(code, operator)) {
            if (called < 0 || called >= graphCount) {
                return "calls subgraph " + called + " of " + graphCount;
            }
        }
        int required = requiredInputs(code.builtin);
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] < 0 && i < required) {
                return "has no input " + i;
            }
        }
        return stepFault(code, operator);
    }

    /** How many inputs from the first one an operator cannot do without. */
    private static int requiredInputs(int builtin) {
        return switch (builtin) {
            case BuiltinOperator.FULLY_CONNECTED,
                    BuiltinOperator.CONV_2D,
                    BuiltinOperator.DEPTHWISE_CONV_2D,
                    BuiltinOperator.CONV_3D,
                    BuiltinOperator.SVDF -> 2;
            case BuiltinOperator.TRANSPOSE_CONV, BuiltinOperator.CONV_3D_TRANSPOSE -> 3;
            case BuiltinOperator.LSTM,
                    BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM,
                    BuiltinOperator.BIDIRECTIONAL_SEQUENCE_LSTM,
                    BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_RNN,
                    BuiltinOperator.BIDIRECTIONAL_SEQUENCE_RNN -> 1;
            default -> Integer.MAX_VALUE;
        };
    }

    /** A step of 0 is a division by zero in native code, which ends the process. */
    private static String stepFault(Code code, FlatBuffer.Table operator) {
        FlatBuffer.Table options = operator.tableField(4, "its options");
        int[] fields = stepFields(code.builtin);
        if (fields.length > 0 && options == null) {
            return "has no options";
        }
        for (int field : fields) {
            int step = options == null ? 1 : options.intField(Math.abs(field), field < 0 ? 1 : 0, "a step");
            if (step < 1 || step > MAX_STEP) {
                return "has a stride, dilation or window of " + step;
            }
        }
        return "";
    }

    /** The option fields that must be positive; negative numbers mark those that are 1 unless the file says else. */
    private static int[] stepFields(int builtin) {
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
}
