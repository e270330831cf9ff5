package io.fulmar.model.tflite;

import java.util.Set;
import org.tensorflow.lite.schema.BuiltinOperator;

/**
 * What is known about TensorFlow Lite's operators by their codes.
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

    /** The subgraphs that an operator calls; their indices are not checked. */
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
}
