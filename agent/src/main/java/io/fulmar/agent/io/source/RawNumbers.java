package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings.Element;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads numbers that follow each other as little-endian bytes, so many a frame. Immutable. */
record RawNumbers(Element element, int columns) {

    /** How many bytes a frame has. */
    int bytes() {
        return columns
                * switch (element) {
                    case FLOAT32 -> 4;
                    case INT16 -> 2;
                    case INT8, UINT8 -> 1;
                };
    }

    /**
     * The numbers.
     *
     * @param bytes as many as a frame has
     * @param where what to call them
     * @throws SourceException if one is none that can be reckoned with
     */
    float[] of(byte[] bytes, String where) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[columns];
        for (int i = 0; i < columns; i++) {
            values[i] = switch (element) {
                case FLOAT32 -> in.getFloat();
                case INT16 -> in.getShort();
                case INT8 -> in.get();
                case UINT8 -> in.get() & 0xFF;
            };
            if (!Float.isFinite(values[i])) {
                throw new SourceException(
                        Category.TRANSIENT,
                        "malformed message",
                        where + " has " + values[i] + " as value " + (i + 1),
                        "correct whatever sends it");
            }
        }
        return values;
    }
}
