package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The way of a frame through the engine makes no garbage. */
class AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int RUNS = 10_000;

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"FLOAT32", "FLOAT16", "INT8", "UINT8", "INT16"})
    void writingRunningAndReadingAllocatesNothing(TensorType type) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ModelFile model = type == TensorType.FLOAT32 || type == TensorType.FLOAT16
                ? TestModel.echo(type).file()
                : TestModel.quantizedEcho(type, 0.5f, 0).file();
        try (Interpreter interpreter = Interpreter.open(model, InterpreterOptions.DEFAULT)) {
            float[] reals = {1, 2, 3, 4};
            byte[] raw = new byte[4 * type.byteSize()];
            run(interpreter, reals, raw, WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            run(interpreter, reals, raw, RUNS);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated / (double) RUNS).as("bytes per run").isLessThan(0.5);
        }
    }

    private static void run(Interpreter interpreter, float[] reals, byte[] raw, int times) {
        for (int i = 0; i < times; i++) {
            Tensor in = interpreter.input(0);
            Tensor out = interpreter.output(0);
            in.write(reals, 0, reals.length);
            in.setReal(0, i);
            interpreter.invoke();
            out.read(reals);
            out.readRaw(raw);
            in.writeRaw(raw);
            reals[0] = out.getReal(3);
        }
    }
}
