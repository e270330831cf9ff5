package io.fulmar.agent.api.oip;

import io.fulmar.model.tflite.TensorType;
import java.util.Arrays;
import java.util.Optional;

/** The types of the Open Inference Protocol, with the bytes of an element. Immutable. */
enum DataType {
    BOOL(1),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    FP16(2),
    BF16(2),
    FP32(4),
    FP64(8),
    /** Each element says its own length. */
    BYTES(0);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    int bytes() {
        return bytes;
    }

    static Optional<DataType> named(String name) {
        return Arrays.stream(values()).filter(it -> it.name().equals(name)).findFirst();
    }

    static DataType of(TensorType type) {
        return switch (type) {
            case FLOAT32 -> FP32;
            case FLOAT16 -> FP16;
            case BFLOAT16 -> BF16;
            case FLOAT64 -> FP64;
            case INT8, INT4 -> INT8;
            case INT16 -> INT16;
            case INT32 -> INT32;
            case INT64 -> INT64;
            case UINT8 -> UINT8;
            case UINT16 -> UINT16;
            case UINT32 -> UINT32;
            case UINT64 -> UINT64;
            case BOOL -> BOOL;
            case STRING, COMPLEX64, COMPLEX128, RESOURCE, VARIANT -> BYTES;
        };
    }
}
