package io.fulmar.model.tflite;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Measures what the engine adds to TensorFlow Lite: a model through {@link Interpreter} against a bare loop over the
 * same native calls, in turns in the same process, and against the same model without the delegate.
 *
 * <p>{@code ./mvnw -q -pl models test -Dtest=InvokeBenchmarkTest -Dfulmar.benchmark=MODEL} runs it.
 */
final class InvokeBenchmark {
    private static final int WARM_UP = 2_000;
    private static final int ROUNDS = 40;
    private static final int RUNS = 250;

    private final ModelFile model;
    private final byte[] frame;

    InvokeBenchmark(ModelFile model) {
        this.model = model;
        this.frame =
                new byte[Math.toIntExact(model.description().inputs().getFirst().byteSize())];
        new Random(1).nextBytes(frame);
    }

    /** Medians in microseconds. Immutable. */
    record Result(double engine, double bare, double withoutDelegate) {
        double overhead() {
            return engine / bare;
        }

        double gain() {
            return withoutDelegate / engine;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "median of write, invoke, read: engine %.2f us, bare loop %.2f us (%.3fx), without the delegate"
                            + " %.2f us (%.1fx slower)",
                    engine,
                    bare,
                    overhead(),
                    withoutDelegate,
                    gain());
        }
    }

    Result run() {
        try (Interpreter engine = Interpreter.open(model, InterpreterOptions.DEFAULT);
                Interpreter other = Interpreter.open(model, InterpreterOptions.DEFAULT);
                Interpreter plain = Interpreter.open(model, new InterpreterOptions(1, Delegate.NONE));
                Bare bare = new Bare(other)) {
            byte[] result = new byte[Math.toIntExact(engine.output(0).byteSize())];
            long[] engineNanos = new long[ROUNDS * RUNS];
            long[] bareNanos = new long[ROUNDS * RUNS];
            long[] plainNanos = new long[ROUNDS * RUNS / 10];
            measure(engine, result, new long[WARM_UP], 0, WARM_UP);
            bare.measure(frame, result, new long[WARM_UP], 0, WARM_UP);
            measure(plain, result, new long[WARM_UP], 0, WARM_UP / 10);
            for (int round = 0; round < ROUNDS; round++) {
                measure(engine, result, engineNanos, round * RUNS, RUNS);
                bare.measure(frame, result, bareNanos, round * RUNS, RUNS);
                measure(plain, result, plainNanos, round * RUNS / 10, RUNS / 10);
            }
            return new Result(median(engineNanos), median(bareNanos), median(plainNanos));
        }
    }

    private void measure(Interpreter interpreter, byte[] result, long[] into, int from, int runs) {
        for (int i = from; i < from + runs; i++) {
            long started = System.nanoTime();
            interpreter.input(0).writeRaw(frame);
            interpreter.invoke();
            interpreter.output(0).readRaw(result);
            into[i] = System.nanoTime() - started;
        }
    }

    private static double median(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2] / 1_000.0;
    }

    /** The loop that one would write by hand over the C API: two copies and a call. */
    private static final class Bare implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final long handle;
        private final MemorySegment input;
        private final MemorySegment output;

        Bare(Interpreter interpreter) {
            handle = interpreter.nativeHandle();
            input = view(TfLite.input(handle, 0));
            output = view(TfLite.output(handle, 0));
        }

        private MemorySegment view(long tensor) {
            return MemorySegment.ofAddress(TfLite.tensorData(tensor))
                    .reinterpret(TfLite.tensorBytes(tensor), arena, null);
        }

        void measure(byte[] frame, byte[] result, long[] into, int from, int runs) {
            for (int i = from; i < from + runs; i++) {
                long started = System.nanoTime();
                MemorySegment.copy(frame, 0, input, ValueLayout.JAVA_BYTE, 0, frame.length);
                int status = TfLite.invoke(handle);
                MemorySegment.copy(output, ValueLayout.JAVA_BYTE, 0, result, 0, result.length);
                into[i] = System.nanoTime() - started;
                if (status != TfLite.OK) {
                    throw new IllegalStateException("status " + status);
                }
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    static InvokeBenchmark of(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": no such file");
        }
        return new InvokeBenchmark(ModelFile.read(file));
    }
}
