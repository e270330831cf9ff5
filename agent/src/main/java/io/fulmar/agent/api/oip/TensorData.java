package io.fulmar.agent.api.oip;

import io.fulmar.agent.api.http.ApiException;
import java.util.List;

/**
 * A tensor on its way in or out: the bytes of its elements, row by row, little-endian. Owned by whoever has it.
 *
 * @param from where its bytes begin
 * @param length how many there are
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, compared nowhere
record TensorData(String name, DataType type, List<Long> shape, byte[] bytes, int from, int length) {
    TensorData {
        shape = List.copyOf(shape);
    }

    /** How many elements a shape has. */
    static long elements(List<Long> shape) throws ApiException {
        long elements = 1;
        for (long dimension : shape) {
            elements = dimension < 0 || dimension > Integer.MAX_VALUE ? -1 : elements * dimension;
            if (elements < 0 || elements > Integer.MAX_VALUE) {
                throw ApiException.malformed("the shape " + shape + " is none, or too large");
            }
        }
        return elements;
    }
}
