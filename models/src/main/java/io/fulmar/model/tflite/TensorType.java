package io.fulmar.model.tflite;

import java.util.Locale;

/** The type of a tensor's elements, with the code that TensorFlow Lite gives it. Immutable. */
public enum TensorType {
    FLOAT32(0, 1, 4),
    FLOAT16(1, 10, 2),
    INT32(2, 2, 4),
    UINT8(3, 3, 1),
    INT64(4, 4, 8),
    STRING(5, 5, 0),
    BOOL(6, 6, 1),
    INT16(7, 7, 2),
    COMPLEX64(8, 8, 8),
    INT8(9, 9, 1),
    FLOAT64(10, 11, 8),
    COMPLEX128(11, 12, 16),
    UINT64(12, 13, 8),
    RESOURCE(13, 14, 0),
    VARIANT(14, 15, 0),
    UINT32(15, 16, 4),
    UINT16(16, 17, 2),
    /** Two elements share a byte. */
    INT4(17, 18, 0),
    BFLOAT16(18, 19, 2);

    private static final TensorType[] BY_SCHEMA = values();

    private final int schemaCode;
    private final int nativeCode;
    private final int byteSize;

    TensorType(int schemaCode, int nativeCode, int byteSize) {
        this.schemaCode = schemaCode;
        this.nativeCode = nativeCode;
        this.byteSize = byteSize;
    }

    /** Bytes of one element; 0 where an element has no size of its own. */
    public int byteSize() {
        return byteSize;
    }

    /** Whether a {@link Tensor} of this type can be read and written. */
    public boolean isSupported() {
        return switch (this) {
            case FLOAT32, FLOAT16, INT32, UINT8, INT64, BOOL, INT16, INT8 -> true;
            case STRING, COMPLEX64, FLOAT64, COMPLEX128, UINT64, RESOURCE, VARIANT, UINT32, UINT16, INT4, BFLOAT16 ->
                false;
        };
    }

    /** The name in lower case, as the commands print it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The number of this type in a model file. */
    int schemaCode() {
        return schemaCode;
    }

    /** The number of this type in the C API, which differs from the one in the file. */
    int nativeCode() {
        return nativeCode;
    }

    /** Bytes of that many elements; the caller has checked that the product fits. */
    long bytesOf(long elements) {
        return this == INT4 ? (elements + 1) / 2 : elements * byteSize;
    }

    static TensorType ofSchema(int code, String where) {
        if (code < 0 || code >= BY_SCHEMA.length) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    where + " has the unknown type " + code,
                    "Convert the model with a version of TensorFlow Lite up to 2.20.");
        }
        return BY_SCHEMA[code];
    }
}
