package io.fulmar.agent.api.oip;

import io.fulmar.agent.api.http.ApiException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Puts the elements of a JSON list, or of lists in it, into the bytes of a tensor. Owned by the call that makes it. */
final class ElementReader {
    private final String name;
    private final DataType type;
    private final ByteBuffer to;

    private ElementReader(String name, DataType type, byte[] to) {
        this.name = name;
        this.type = type;
        this.to = ByteBuffer.wrap(to).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Fills {@code to} exactly. */
    static void read(JsonParser parser, String name, DataType type, List<Long> shape, byte[] to) throws ApiException {
        ElementReader reader = new ElementReader(name, type, to);
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (token == JsonToken.START_ARRAY || token == JsonToken.END_ARRAY) {
                continue; // row by row is the order in which they stand, nested or not
            }
            if (!reader.to.hasRemaining()) {
                throw ApiException.malformed("input " + name + " has more values than its shape " + shape);
            }
            reader.put(parser, token);
        }
        if (reader.to.hasRemaining()) {
            throw ApiException.malformed("input " + name + " has fewer values than its shape " + shape);
        }
    }

    private void put(JsonParser parser, JsonToken token) throws ApiException {
        switch (type) {
            case BOOL -> to.put((byte) (flag(token) ? 1 : 0));
            case INT8 -> to.put((byte) whole(parser, token, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> to.put((byte) whole(parser, token, 0, 0xFF));
            case INT16 -> to.putShort((short) whole(parser, token, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT16 -> to.putShort((short) whole(parser, token, 0, 0xFFFF));
            case INT32 -> to.putInt((int) whole(parser, token, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> to.putInt((int) whole(parser, token, 0, 0xFFFF_FFFFL));
            case INT64, UINT64 ->
                to.putLong(whole(parser, token, type == DataType.INT64 ? Long.MIN_VALUE : 0, Long.MAX_VALUE));
            case FP32 -> to.putFloat(single(parser, token));
            case FP64 -> to.putDouble(real(parser, token));
            case FP16, BF16 ->
                throw ApiException.malformed("input " + name + ": JSON has no " + type + "; send it as binary data");
            case BYTES -> throw ApiException.malformed("input " + name + ": models here take numbers, not BYTES");
        }
    }

    private boolean flag(JsonToken token) throws ApiException {
        return switch (token) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw wrong("true and false");
        };
    }

    private long whole(JsonParser parser, JsonToken token, long min, long max) throws ApiException {
        if (token != JsonToken.VALUE_NUMBER_INT
                || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                || parser.getLongValue() < min
                || parser.getLongValue() > max) {
            throw wrong("whole numbers from " + min + " to " + max);
        }
        return parser.getLongValue();
    }

    /** The nearest one in one step: one that is rounded twice is now and then another. */
    private float single(JsonParser parser, JsonToken token) throws ApiException {
        float value = token.isNumeric() ? parser.getFloatValue() : Float.NaN;
        if (!Float.isFinite(value)) {
            throw wrong("numbers that fit it");
        }
        return value;
    }

    private double real(JsonParser parser, JsonToken token) throws ApiException {
        double value = token.isNumeric() ? parser.getDoubleValue() : Double.NaN;
        if (!Double.isFinite(value)) {
            throw wrong("numbers that fit it");
        }
        return value;
    }

    private ApiException wrong(String wanted) {
        return ApiException.malformed("input " + name + " of " + type + " takes " + wanted);
    }
}
