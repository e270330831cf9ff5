package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.model.tflite.TensorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model bench}: measures how long one run takes: writing the inputs, running, reading the outputs. */
@Command(
        name = "bench",
        description = "Measures how long a model takes: writing raw inputs, running, reading raw outputs.")
final class BenchCommand implements Callable<Integer> {
    private static final int MAX_RUNS = 10_000_000;
    private static final long SEED = 1;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The model, a .tflite file.")
    Path file = Path.of("");

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Runs that are measured (default: ${DEFAULT-VALUE}).")
    int runs;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            defaultValue = "500",
            description = "Runs before them that are not (default: ${DEFAULT-VALUE}).")
    int warmup;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Mixin
    EngineOptions engine = new EngineOptions();

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        if (runs < 1 || runs > MAX_RUNS || warmup < 0 || warmup > MAX_RUNS) {
            throw new ParameterException(
                    command.commandLine(), "--runs must be 1 to " + MAX_RUNS + ", --warmup 0 to " + MAX_RUNS);
        }
        ModelFile model = ModelFile.read(file);
        long before = memoryKiB("VmRSS");
        long opening = System.nanoTime();
        try (Interpreter interpreter = Interpreter.open(model, engine.checked(command))) {
            long openMicros = (System.nanoTime() - opening) / 1_000;
            long[] nanos = measure(interpreter);
            Arrays.sort(nanos);
            Result result = new Result(
                    openMicros,
                    micros(nanos, 0),
                    micros(nanos, 0.5),
                    micros(nanos, 0.9),
                    micros(nanos, 0.99),
                    memoryKiB("VmRSS"),
                    memoryKiB("VmRSS") - before,
                    memoryKiB("VmHWM"));
            print(command.commandLine().getOut(), interpreter, result);
        }
        return ExitCode.OK;
    }

    private long[] measure(Interpreter interpreter) {
        byte[][] in = new byte[interpreter.inputs().size()][];
        for (int i = 0; i < in.length; i++) {
            in[i] = content(interpreter.input(i));
        }
        interpreter.invoke();
        byte[][] out = new byte[interpreter.outputs().size()][];
        for (int i = 0; i < out.length; i++) {
            out[i] = new byte[Math.toIntExact(interpreter.output(i).byteSize())];
        }
        for (int i = 0; i < warmup; i++) {
            run(interpreter, in, out);
        }
        long[] nanos = new long[runs];
        for (int i = 0; i < runs; i++) {
            long started = System.nanoTime();
            run(interpreter, in, out);
            nanos[i] = System.nanoTime() - started;
        }
        return nanos;
    }

    private static void run(Interpreter interpreter, byte[][] in, byte[][] out) {
        for (int i = 0; i < in.length; i++) {
            interpreter.input(i).writeRaw(in[i]);
        }
        interpreter.invoke();
        for (int i = 0; i < out.length; i++) {
            interpreter.output(i).readRaw(out[i]);
        }
    }

    /** The same numbers each time; indices stay 0, since a model may look something up by them. */
    private static byte[] content(Tensor input) {
        Random random = new Random(SEED);
        byte[] bytes = new byte[Math.toIntExact(input.byteSize())];
        switch (input.type()) {
            case FLOAT32, FLOAT16 -> {
                for (int i = 0; i < input.elements(); i++) {
                    input.setReal(i, random.nextFloat());
                }
                input.readRaw(bytes);
            }
            case INT8, UINT8, INT16 -> {
                if (input.type() == TensorType.INT16 || input.quantization().isQuantized()) {
                    random.nextBytes(bytes);
                }
            }
            default -> {
                // zeros
            }
        }
        return bytes;
    }

    private static double micros(long[] sorted, double quantile) {
        int index = (int) Math.min(sorted.length - 1, Math.floor(quantile * sorted.length));
        return sorted[index] / 1_000.0;
    }

    /** A line of this process's status file in KiB; 0 where the system has none. */
    private static long memoryKiB(String key) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(key + ":")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private void print(PrintWriter out, Interpreter interpreter, Result result) {
        String delegate = interpreter.options().delegate().name().toLowerCase(Locale.ROOT);
        if (json) {
            out.println(ModelJson.object(generator -> {
                generator.writeStringProperty("model", interpreter.model().name());
                generator.writeStringProperty("sha256", interpreter.model().sha256());
                generator.writeStringProperty("runtime", Interpreter.runtimeVersion());
                generator.writeNumberProperty("threads", interpreter.options().threads());
                generator.writeStringProperty("delegate", delegate);
                generator.writeBooleanProperty("delegated", interpreter.delegated());
                generator.writeNumberProperty("builtinOperators", interpreter.builtinOperators());
                generator.writeNumberProperty("warmup", warmup);
                generator.writeNumberProperty("runs", runs);
                generator.writeNumberProperty("openMicros", result.openMicros);
                generator.writeObjectPropertyStart("micros");
                generator.writeNumberProperty("min", result.min);
                generator.writeNumberProperty("p50", result.p50);
                generator.writeNumberProperty("p90", result.p90);
                generator.writeNumberProperty("p99", result.p99);
                generator.writeEndObject();
                generator.writeObjectPropertyStart("memoryKiB");
                generator.writeNumberProperty("resident", result.residentKiB);
                generator.writeNumberProperty("residentByModel", result.grownKiB);
                generator.writeNumberProperty("peak", result.peakKiB);
                generator.writeEndObject();
            }));
        } else {
            out.printf(
                    "%s  TensorFlow Lite %s, delegate %s%s, threads %d, %,d runs after %,d%n",
                    interpreter.model().name(),
                    Interpreter.runtimeVersion(),
                    delegate,
                    delegate.equals("none")
                            ? ""
                            : interpreter.delegated()
                                    ? " (" + interpreter.builtinOperators() + " operators left to builtin kernels)"
                                    : " (took nothing)",
                    interpreter.options().threads(),
                    runs,
                    warmup);
            out.printf(
                    Locale.ROOT,
                    "  microseconds  min %.1f  p50 %.1f  p90 %.1f  p99 %.1f%n",
                    result.min,
                    result.p50,
                    result.p90,
                    result.p99);
            out.printf(
                    "  resident      %,d KiB, of which %,d since the model was read; peak %,d KiB%n",
                    result.residentKiB, result.grownKiB, result.peakKiB);
        }
        out.flush();
    }

    /** What was measured. Immutable. */
    private record Result(
            long openMicros,
            double min,
            double p50,
            double p90,
            double p99,
            long residentKiB,
            long grownKiB,
            long peakKiB) {}
}
