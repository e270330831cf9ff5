package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.model.tflite.Quantization;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.model.tflite.TensorType;
import java.nio.ByteBuffer;

/** Reads raw little-endian values as the real numbers that they stand for in the model's input. Immutable. */
final class TensorDecoder {
    private final TensorType type;
    private final int elements;
    private final float scale;
    private final int zeroPoint;

    private TensorDecoder(TensorType type, int elements, Quantization quantization) {
        this.type = type;
        this.elements = elements;
        this.scale = quantization.isQuantized() ? quantization.scale(0) : 1;
        this.zeroPoint = quantization.isQuantized() ? quantization.zeroPoint(0) : 0;
    }

    static TensorDecoder of(Tensor input) {
        return of(input.type(), input.elements(), input.quantization());
    }

    /**
     * A decoder for inputs of this form.
     *
     * @throws SourceException if such a tensor cannot be replayed
     */
    static TensorDecoder of(TensorType type, int elements, Quantization quantization) {
        boolean readable = switch (type) {
            case FLOAT32, FLOAT16, INT32, UINT8, INT64, INT16, INT8 -> !quantization.isPerChannel();
            default -> false;
        };
        if (!readable) {
            throw new SourceException(
                    Category.PERMANENT,
                    "unreadable type",
                    "raw files of type " + type.text() + " (" + quantization + ") cannot be replayed",
                    "replay CSV files instead");
        }
        return new TensorDecoder(type, elements, quantization);
    }

    int elements() {
        return elements;
    }

    int byteSize() {
        return elements * type.byteSize();
    }

    /** Fills {@code values} from the little-endian {@code raw}. */
    void decode(ByteBuffer raw, float[] values) {
        for (int i = 0; i < elements; i++) {
            values[i] = scale * (raw(raw, i) - zeroPoint);
        }
    }

    private float raw(ByteBuffer raw, int i) {
        return switch (type) {
            case FLOAT32 -> raw.getFloat(4 * i);
            case FLOAT16 -> Float.float16ToFloat(raw.getShort(2 * i));
            case INT32 -> raw.getInt(4 * i);
            case INT64 -> raw.getLong(8 * i);
            case INT16 -> raw.getShort(2 * i);
            case UINT8 -> raw.get(i) & 0xFF;
            default -> raw.get(i);
        };
    }
}
