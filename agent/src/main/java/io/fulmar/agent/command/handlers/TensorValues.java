package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.model.tflite.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Between tensors and what JSON can say of them. Thread-safe. */
final class TensorValues {
    private TensorValues() {}

    /**
     * Fills a tensor with a list of numbers, nested or not, or with base64: of little-endian 32-bit floats, or with
     * {@code raw} of the tensor's own bytes.
     *
     * @param raw whether the numbers are the stored ones of a quantized tensor rather than real ones
     * @throws ArgumentException if they do not fit it
     */
    static void write(Tensor tensor, Object values, boolean raw) {
        if (values instanceof String base64) {
            byte[] bytes = decoded(tensor, base64);
            if (raw) {
                require(tensor, bytes.length == tensor.byteSize(), tensor.byteSize() + " bytes", bytes.length);
                tensor.writeRaw(bytes);
                return;
            }
            require(
                    tensor,
                    bytes.length == 4L * tensor.elements(),
                    4L * tensor.elements() + " bytes of 32-bit floats",
                    bytes.length);
            float[] reals = new float[tensor.elements()];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(reals);
            writeReals(tensor, reals);
            return;
        }
        List<Number> numbers = new ArrayList<>();
        flatten(tensor, values, numbers);
        require(tensor, numbers.size() == tensor.elements(), tensor.elements() + " numbers", numbers.size());
        if (raw) {
            tensor.writeRaw(rawBytes(tensor, numbers));
        } else {
            float[] reals = new float[numbers.size()];
            for (int i = 0; i < reals.length; i++) {
                reals[i] = numbers.get(i).floatValue();
            }
            writeReals(tensor, reals);
        }
    }

    private static void writeReals(Tensor tensor, float[] reals) {
        for (float real : reals) {
            if (!Float.isFinite(real)) {
                throw new ArgumentException("input " + tensor.name() + " has a number that is not finite");
            }
        }
        tensor.write(reals, 0, reals.length);
    }

    /** The same numbers for whoever fills the tensor later: those that it stands for once they are in it. */
    static float[] reals(Tensor tensor, Object values) {
        write(tensor, values, false);
        return reals(tensor);
    }

    private static byte[] decoded(Tensor tensor, String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new ArgumentException("input " + tensor.name() + " is not base64");
        }
    }

    private static void require(Tensor tensor, boolean holds, String wanted, int got) {
        if (!holds) {
            throw new ArgumentException("input " + tensor.name() + " ("
                    + tensor.type().text() + Arrays.toString(tensor.shape()) + ") takes " + wanted + ", but got "
                    + got);
        }
    }

    private static void flatten(Tensor tensor, Object values, List<Number> numbers) {
        switch (values) {
            case Number number -> numbers.add(number);
            case List<?> inner -> {
                for (Object value : inner) {
                    if (value == null) {
                        throw notANumber(tensor);
                    }
                    flatten(tensor, value, numbers);
                }
            }
            default -> throw notANumber(tensor);
        }
    }

    private static ArgumentException notANumber(Tensor tensor) {
        return new ArgumentException("input " + tensor.name() + " has something that is not a number");
    }

    private static byte[] rawBytes(Tensor tensor, List<Number> numbers) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(tensor.byteSize())).order(ByteOrder.LITTLE_ENDIAN);
        for (Number number : numbers) {
            switch (tensor.type()) {
                case FLOAT32 -> bytes.putFloat(number.floatValue());
                case INT8 -> bytes.put((byte) within(tensor, number, Byte.MIN_VALUE, Byte.MAX_VALUE));
                case UINT8 -> bytes.put((byte) within(tensor, number, 0, 255));
                case BOOL -> bytes.put((byte) within(tensor, number, 0, 1));
                case INT16 -> bytes.putShort((short) within(tensor, number, Short.MIN_VALUE, Short.MAX_VALUE));
                case INT32 -> bytes.putInt((int) within(tensor, number, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case INT64 -> bytes.putLong(within(tensor, number, Long.MIN_VALUE, Long.MAX_VALUE));
                default ->
                    throw new ArgumentException("input " + tensor.name() + " of "
                            + tensor.type().text() + " takes raw values only as base64");
            }
        }
        return bytes.array();
    }

    private static long within(Tensor tensor, Number number, long min, long max) {
        if ((number instanceof Integer || number instanceof Long)
                && number.longValue() >= min
                && number.longValue() <= max) {
            return number.longValue();
        }
        throw new ArgumentException("input " + tensor.name() + " of "
                + tensor.type().text() + " takes raw values from " + min + " to " + max + ", not " + number);
    }

    /** An output: its numbers, or base64 of them where they are many, or neither where they are too many. */
    static Map<String, Object> told(Tensor tensor, boolean raw) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("name", tensor.name());
        told.put("type", tensor.type().text());
        told.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
        int elements = tensor.elements();
        long bytes = raw ? tensor.byteSize() : 4L * elements;
        if (bytes > Limits.OUTPUT_BYTES) {
            told.put("leftOutBytes", bytes);
        } else if (raw) {
            byte[] content = new byte[Math.toIntExact(bytes)];
            tensor.readRaw(content);
            told.put("base64", Base64.getEncoder().encodeToString(content));
        } else if (elements > Limits.OUTPUT_NUMBERS) {
            ByteBuffer content = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
            content.asFloatBuffer().put(reals(tensor));
            told.put("base64", Base64.getEncoder().encodeToString(content.array()));
        } else {
            List<Object> values = new ArrayList<>(elements);
            for (float real : reals(tensor)) {
                values.add(finite(real));
            }
            told.put("values", values);
        }
        return told;
    }

    /** JSON has no word for what is not finite, so a text says it. */
    private static Object finite(float real) {
        if (Float.isFinite(real)) {
            return real;
        }
        return Float.toString(real);
    }

    private static float[] reals(Tensor tensor) {
        float[] reals = new float[tensor.elements()];
        tensor.read(reals);
        return reals;
    }

    /** The classes with the highest scores, best first. */
    static List<Object> top(Tensor tensor, int most, List<String> labels) {
        float[] scores = reals(tensor);
        List<Integer> best = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> scores[i]).reversed())
                .limit(most)
                .toList();
        List<Object> top = new ArrayList<>();
        for (int index : best) {
            Map<String, Object> entry = new LinkedHashMap<>();
            if (labels.size() == scores.length) {
                entry.put("label", labels.get(index));
            }
            entry.put("index", index);
            entry.put("score", finite(scores[index]));
            top.add(entry);
        }
        return top;
    }
}
