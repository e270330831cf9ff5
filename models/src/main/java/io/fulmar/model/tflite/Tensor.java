package io.fulmar.model.tflite;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An input or output of an {@link Interpreter}: a view on native memory that reads and writes real values or raw bytes
 * and allocates nothing.
 *
 * <p>Writing a real value into a quantized tensor divides by the scale, rounds half away from zero, adds the zero point
 * and saturates, as TensorFlow Lite's own operators do. The view ends when the interpreter is closed, resized, or, if
 * the shape is known only after running, invoked again: from then on every access is an {@link IllegalStateException}.
 *
 * <p>Owned by the interpreter's owner.
 */
public final class Tensor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final TensorType type;
    private final Quantization quantization;
    private final TensorSource source;

    private @Nullable MemorySegment view;
    private String absent = "not allocated";
    private long address;
    private long byteSize;
    private int[] shape = {};
    private int elements;
    private int channelStride = 1;

    Tensor(TensorDescription description, TensorSource source) {
        this.name = description.name();
        this.type = description.type();
        this.quantization = description.quantization();
        this.source = source;
    }

    public String name() {
        return name;
    }

    public TensorType type() {
        return type;
    }

    public Quantization quantization() {
        return quantization;
    }

    /** The sizes of the dimensions now; empty for a single number. */
    public int[] shape() {
        memory();
        return shape.clone();
    }

    public long byteSize() {
        memory();
        return byteSize;
    }

    /** How many elements the tensor has now. */
    public int elements() {
        memory();
        return elements;
    }

    /** Whether there is anything to read: false before the first run if only running determines the shape. */
    public boolean isAvailable() {
        return view != null;
    }

    /** The element as a real value. */
    public float getReal(int index) {
        MemorySegment memory = memory();
        return switch (type) {
            case FLOAT32 -> memory.get(FLOAT, 4L * index);
            case FLOAT16 -> Float.float16ToFloat(memory.get(SHORT, 2L * index));
            default -> quantization.isQuantized() ? dequantized(memory, index) : (float) raw(memory, index);
        };
    }

    /** Stores a real value, quantized if the tensor is. */
    public void setReal(int index, float real) {
        MemorySegment memory = memory();
        switch (type) {
            case FLOAT32 -> memory.set(FLOAT, 4L * index, real);
            case FLOAT16 -> memory.set(SHORT, 2L * index, Float.floatToFloat16(real));
            default -> store(memory, index, real, channel(index));
        }
    }

    /** Fills the tensor with real values: {@code length} must be the number of its elements. */
    public void write(float[] reals, int from, int length) {
        MemorySegment memory = memory();
        requireCount(length);
        switch (type) {
            case FLOAT32 -> MemorySegment.copy(reals, from, memory, FLOAT, 0, length);
            case FLOAT16 -> {
                for (int i = 0; i < length; i++) {
                    memory.set(SHORT, 2L * i, Float.floatToFloat16(reals[from + i]));
                }
            }
            case INT8 -> {
                if (quantization.channels() == 1) {
                    float scale = quantization.scale(0);
                    int zeroPoint = quantization.zeroPoint(0);
                    for (int i = 0; i < length; i++) {
                        memory.set(ValueLayout.JAVA_BYTE, i, (byte)
                                quantize(reals[from + i], scale, zeroPoint, Byte.MIN_VALUE, Byte.MAX_VALUE));
                    }
                } else {
                    storeAll(memory, reals, from, length);
                }
            }
            default -> storeAll(memory, reals, from, length);
        }
    }

    /** Reads all elements as real values; the array may be longer than needed. */
    public void read(float[] into) {
        MemorySegment memory = memory();
        if (into.length < elements) {
            throw wrongCount(into.length);
        }
        switch (type) {
            case FLOAT32 -> MemorySegment.copy(memory, FLOAT, 0, into, 0, elements);
            case FLOAT16 -> {
                for (int i = 0; i < elements; i++) {
                    into[i] = Float.float16ToFloat(memory.get(SHORT, 2L * i));
                }
            }
            case INT8 -> {
                if (quantization.channels() == 1) {
                    float scale = quantization.scale(0);
                    int zeroPoint = quantization.zeroPoint(0);
                    for (int i = 0; i < elements; i++) {
                        into[i] = scale * (memory.get(ValueLayout.JAVA_BYTE, i) - zeroPoint);
                    }
                } else {
                    readAll(into);
                }
            }
            default -> readAll(into);
        }
    }

    /** The element as it is stored, without scale and zero point; only for whole numbers and bool. */
    public long getRaw(int index) {
        return switch (type) {
            case FLOAT32, FLOAT16 -> throw new IllegalStateException("Tensor '" + name + "' holds " + type.text());
            default -> raw(memory(), index);
        };
    }

    /** Fills the tensor with little-endian bytes; their number must be {@link #byteSize}. */
    public void writeRaw(byte[] raw) {
        MemorySegment memory = memory();
        requireBytes(raw.length);
        MemorySegment.copy(raw, 0, memory, ValueLayout.JAVA_BYTE, 0, raw.length);
    }

    /** Fills the tensor with little-endian bytes; their number must be {@link #byteSize}. */
    public void writeRaw(MemorySegment raw) {
        MemorySegment memory = memory();
        requireBytes(raw.byteSize());
        MemorySegment.copy(raw, 0, memory, 0, raw.byteSize());
    }

    /** Reads the little-endian bytes; the length of the array must be {@link #byteSize}. */
    public void readRaw(byte[] into) {
        MemorySegment memory = memory();
        requireBytes(into.length);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, into, 0, into.length);
    }

    private MemorySegment memory() {
        MemorySegment memory = view;
        return memory == null ? allocated() : memory;
    }

    private MemorySegment allocated() {
        source.prepare();
        MemorySegment memory = view;
        if (memory == null) {
            throw new IllegalStateException("Tensor '" + name + "' cannot be used: " + absent);
        }
        return memory;
    }

    private void requireCount(int count) {
        if (count != elements) {
            throw wrongCount(count);
        }
    }

    private IllegalArgumentException wrongCount(int count) {
        return new IllegalArgumentException("Tensor '" + name + "' has " + elements + " elements, not " + count);
    }

    private void requireBytes(long bytes) {
        if (bytes != byteSize) {
            throw new IllegalArgumentException("Tensor '" + name + "' has " + byteSize + " bytes, not " + bytes);
        }
    }

    private void storeAll(MemorySegment memory, float[] reals, int from, int length) {
        for (int i = 0; i < length; i++) {
            store(memory, i, reals[from + i], channel(i));
        }
    }

    private void readAll(float[] into) {
        for (int i = 0; i < elements; i++) {
            into[i] = getReal(i);
        }
    }

    private int channel(int index) {
        return quantization.isPerChannel() ? index / channelStride % quantization.channels() : 0;
    }

    private float dequantized(MemorySegment memory, int index) {
        int channel = channel(index);
        return quantization.scale(channel) * (raw(memory, index) - quantization.zeroPoint(channel));
    }

    private long raw(MemorySegment memory, int index) {
        return switch (type) {
            case INT8 -> memory.get(ValueLayout.JAVA_BYTE, index);
            case UINT8 -> memory.get(ValueLayout.JAVA_BYTE, index) & 0xffL;
            case BOOL -> memory.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
            case INT16 -> memory.get(SHORT, 2L * index);
            case INT32 -> memory.get(INT, 4L * index);
            case INT64 -> memory.get(LONG, 8L * index);
            default -> throw unsupported();
        };
    }

    private void store(MemorySegment memory, int index, float real, int channel) {
        boolean quantized = quantization.isQuantized();
        float scale = quantized ? quantization.scale(channel) : 1;
        int zeroPoint = quantized ? quantization.zeroPoint(channel) : 0;
        switch (type) {
            case INT8 ->
                memory.set(ValueLayout.JAVA_BYTE, index, (byte)
                        quantize(real, scale, zeroPoint, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) quantize(real, scale, zeroPoint, 0, 255));
            case BOOL -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) (real == 0 ? 0 : 1));
            case INT16 ->
                memory.set(
                        SHORT, 2L * index, (short) quantize(real, scale, zeroPoint, Short.MIN_VALUE, Short.MAX_VALUE));
            case INT32 ->
                memory.set(
                        INT, 4L * index, (int) quantize(real, scale, zeroPoint, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case INT64 -> memory.set(LONG, 8L * index, (long) rounded(real / scale) + zeroPoint);
            default -> throw unsupported();
        }
    }

    private IllegalStateException unsupported() {
        return new IllegalStateException("Tensor '" + name + "' of type " + type.text() + " cannot be read or written");
    }

    /** Rounds half away from zero once it is cut to a whole number; exact, since a float plus a half is a double. */
    private static double rounded(float value) {
        return value + Math.copySign(0.5, value);
    }

    /** The raw value nearest to a real one, within the type's bounds; not-a-number becomes the zero point. */
    static long quantize(float real, float scale, int zeroPoint, int lowest, int highest) {
        double raw = rounded(real / scale);
        double bounded = Math.max((double) lowest - zeroPoint, Math.min((double) highest - zeroPoint, raw));
        return (long) bounded + zeroPoint;
    }

    /** Ends the view. */
    void detach(String why) {
        view = null;
        absent = why;
    }

    /** Whether native code still has the data where this view expects it. */
    boolean isCurrent() {
        long tensor = source.handle();
        return view != null && TfLite.tensorData(tensor) == address && TfLite.tensorBytes(tensor) == byteSize;
    }

    /** Renews the view from native code; the data lives as long as the generation. */
    void attach(Generation generation) {
        long tensor = source.handle();
        if (tensor == 0 || TfLite.tensorType(tensor) != type.nativeCode()) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    "Tensor '" + name + "' is not of type " + type.text() + " at run time",
                    "Convert the model again; if that does not help, report it with the model.");
        }
        address = TfLite.tensorData(tensor);
        byteSize = TfLite.tensorBytes(tensor);
        int rank = Math.max(0, TfLite.tensorRank(tensor));
        shape = new int[rank];
        long product = 1;
        for (int i = 0; i < rank; i++) {
            shape[i] = TfLite.tensorDimension(tensor, i);
            product *= shape[i];
        }
        boolean known = address != 0 || product == 0;
        if (known && (product > Integer.MAX_VALUE || type.bytesOf(product) != byteSize)) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    "Tensor '" + name + "' has the shape " + Arrays.toString(shape) + ", but only " + byteSize
                            + " bytes at run time",
                    "Convert the model again; if that does not help, report it with the model.");
        }
        elements = (int) product;
        channelStride = strideOf(quantization.dimension());
        view = known ? generation.view(address, byteSize) : null;
        absent = "its shape is known only after invoke()";
    }

    private int strideOf(int dimension) {
        int stride = 1;
        for (int i = dimension + 1; i < shape.length; i++) {
            stride *= shape[i];
        }
        return Math.max(1, stride);
    }
}
