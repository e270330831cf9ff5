package io.fulmar.agent.trial;

import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.Latencies;
import io.fulmar.model.pack.Blobs;
import io.fulmar.model.pack.GoldenRun;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.GoldenCase;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.NativeMemory;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.model.tflite.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a release by an interpreter of its own: does it give what was recorded, in the time and the memory that its manifest
 * allows? May hang, or end the process, as whatever runs a model may. Owned by the thread that runs it.
 */
public final class ModelTest {
    private final ModelManifest manifest;
    private final Blobs blobs;
    private final Interpreter interpreter;
    private final Breadcrumbs.Slot crumb;

    private ModelTest(ModelManifest manifest, Blobs blobs, Interpreter interpreter, Breadcrumbs.Slot crumb) {
        this.manifest = manifest;
        this.blobs = blobs;
        this.interpreter = interpreter;
        this.crumb = crumb;
    }

    /** Runs all of it, or up to what speaks against the model. */
    public static TestResult run(
            VerifiedModel model, Blobs blobs, InterpreterOptions options, Breadcrumbs breadcrumbs) {
        try (Breadcrumbs.Slot crumb = breadcrumbs.slot("its test")) {
            crumb.of(model.model().sha256());
            long memory = memory(model.model(), options, crumb);
            Long budget = model.manifest().budgets().memoryBytes();
            if (budget != null && memory > budget) {
                return new TestResult.Failed(
                        "too-much-memory", "it needs " + memory + " bytes, and its manifest allows " + budget);
            }
            try (Interpreter interpreter = Interpreter.open(model.model(), options)) {
                return new ModelTest(model.manifest(), blobs, interpreter, crumb).run(memory);
            }
        } catch (ModelException | PackageException e) {
            return new TestResult.Failed("bad-model", String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            return new TestResult.Failed("bad-model", "its tensors are not what its manifest says: " + e.getMessage());
        }
    }

    /**
     * What an interpreter that has run once needs; -1 where nobody says. Others allocate and give back meanwhile: so what it
     * takes and what it gives back are looked at several times, the middle one counts, and its inputs and outputs at the least.
     */
    static long memory(ModelFile model, InterpreterOptions options, Breadcrumbs.Slot crumb) {
        if (NativeMemory.inUse() < 0) {
            return -1;
        }
        long[] looks = new long[2 * Limits.MEMORY_ROUNDS];
        long least = 0;
        for (int i = 0; i < looks.length; i += 2) {
            long before = NativeMemory.inUse();
            long open;
            try (Interpreter interpreter = Interpreter.open(model, options)) {
                writeZeros(interpreter);
                crumb.enter(0);
                interpreter.invoke();
                crumb.leave();
                least = Stream.concat(interpreter.inputs().stream(), interpreter.outputs().stream())
                        .mapToLong(Tensor::byteSize)
                        .sum();
                open = NativeMemory.inUse();
            }
            looks[i] = open - before;
            looks[i + 1] = open - NativeMemory.inUse();
        }
        Arrays.sort(looks);
        return Math.max(least, looks[looks.length / 2]);
    }

    private TestResult run(long memory) {
        for (GoldenCase golden : manifest.golden()) {
            String fault = golden(golden);
            if (fault != null) {
                return new TestResult.Failed(
                        isFinite() ? "golden-mismatch" : "not-finite", "golden case " + golden.name() + ": " + fault);
            }
        }
        long p95 = p95Micros();
        if (!isFinite()) {
            return new TestResult.Failed("not-finite", "an output is no number");
        }
        Long budget = manifest.budgets().latencyMillis();
        return budget != null && p95 > budget * 1_000
                ? new TestResult.Failed(
                        "too-slow",
                        "95 of 100 runs take up to " + p95 + " us here, and its manifest allows " + budget + " ms")
                : new TestResult.Passed(p95, memory);
    }

    /** Null, or what differs from what was recorded. */
    private @Nullable String golden(GoldenCase golden) {
        crumb.at("golden case " + golden.name());
        crumb.enter(0);
        GoldenRun.Outcome outcome = GoldenRun.one(manifest, golden, blobs, interpreter);
        crumb.leave();
        return outcome.passed() ? null : outcome.text();
    }

    private boolean isFinite() {
        for (Tensor output : interpreter.outputs()) {
            if (output.type() == TensorType.FLOAT32) {
                float[] values = new float[output.elements()];
                output.read(values);
                for (float value : values) {
                    if (!Float.isFinite(value)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** What an input holds before it is written is nobody's business: it could be anything. */
    private static void writeZeros(Interpreter interpreter) {
        for (Tensor input : interpreter.inputs()) {
            input.writeRaw(new byte[Math.toIntExact(input.byteSize())]);
        }
    }

    /** Of runs on the inputs of the golden cases in turn; on zeros where there are none. */
    private long p95Micros() {
        crumb.at("the measurement of its time");
        writeZeros(interpreter);
        List<GoldenCase> cases = manifest.golden();
        long best = Long.MAX_VALUE;
        Long budget = manifest.budgets().latencyMillis();
        for (int round = 0; round < Limits.LATENCY_ROUNDS; round++) {
            Latencies latencies = new Latencies();
            long start = System.nanoTime();
            for (int i = 0;
                    i < Limits.LATENCY_RUNS_LEAST
                            || (i < Limits.LATENCY_RUNS && System.nanoTime() - start < Limits.LATENCY_ROUND.toNanos());
                    i++) {
                if (!cases.isEmpty()) {
                    write(cases.get(i % cases.size()));
                }
                long began = System.nanoTime();
                crumb.enter(0);
                interpreter.invoke();
                crumb.leave();
                latencies.add((System.nanoTime() - began) / 1_000);
            }
            best = Math.min(best, latencies.p95Micros());
            if (budget == null || best <= budget * 1_000) {
                return best;
            }
        }
        return best;
    }

    private void write(GoldenCase golden) {
        for (int i = 0; i < golden.inputs().size(); i++) {
            ModelManifest.FileEntry file = manifest.file(golden.inputs().get(i));
            interpreter.input(i).writeRaw(blobs.read(file.name(), file.sha256(), file.size()));
        }
    }
}
