package io.fulmar.agent.api.oip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tools.jackson.core.JsonGenerator;

/** The elements of an output, one by one. Owned by the thread of the request. */
final class Elements {
    private final DataType type;
    private final ByteBuffer bytes;
    private final int count;

    Elements(TensorData data) {
        this.type = data.type();
        this.bytes = ByteBuffer.wrap(data.bytes(), data.from(), data.length())
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        this.count = data.length() / type.bytes();
    }

    int count() {
        return count;
    }

    boolean isFinite() {
        for (int i = 0; i < count; i++) {
            if (!Double.isFinite(real(i))) {
                return false;
            }
        }
        return true;
    }

    double real(int index) {
        return switch (type) {
            case FP32 -> bytes.getFloat(4 * index);
            case FP64 -> bytes.getDouble(8 * index);
            case FP16 -> Float.float16ToFloat(bytes.getShort(2 * index));
            default -> whole(index);
        };
    }

    private long whole(int index) {
        return switch (type) {
            case BOOL -> bytes.get(index) == 0 ? 0 : 1;
            case INT8 -> bytes.get(index);
            case UINT8 -> bytes.get(index) & 0xFF;
            case INT16 -> bytes.getShort(2 * index);
            case UINT16 -> bytes.getShort(2 * index) & 0xFFFF;
            case INT32 -> bytes.getInt(4 * index);
            case UINT32 -> bytes.getInt(4 * index) & 0xFFFF_FFFFL;
            case INT64, UINT64 -> bytes.getLong(8 * index);
            case FP16, BF16, FP32, FP64, BYTES -> throw new IllegalStateException(type + " is no whole number");
        };
    }

    /** As the shortest text that means the same. */
    void writeTo(JsonGenerator json, int index) {
        switch (type) {
            case BOOL -> json.writeBoolean(whole(index) != 0);
            case FP32 -> json.writeNumber(bytes.getFloat(4 * index));
            case FP64 -> json.writeNumber(bytes.getDouble(8 * index));
            default -> json.writeNumber(whole(index));
        }
    }

    String text(int index) {
        return switch (type) {
            case FP32 -> Float.toString(bytes.getFloat(4 * index));
            case FP64 -> Double.toString(bytes.getDouble(8 * index));
            case FP16 -> Float.toString((float) real(index));
            default -> Long.toString(whole(index));
        };
    }
}
