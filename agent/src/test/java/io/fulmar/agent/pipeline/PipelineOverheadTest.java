package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.simulated.RotatingMachine;
import io.fulmar.config.PipelineSettings;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.Stamp;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures what a pipeline adds to the bare inference: {@code ./mvnw -Plong -pl agent -am -Dtest=PipelineOverheadTest
 * -Dsurefire.failIfNoSpecifiedTests=false test}. The pipeline is that of simulated.toml, so each frame is labelled,
 * debounced, decided and recorded (to a recorder that drops it); frames come from memory, so the simulation is not part of it.
 */
@Tag("long")
class PipelineOverheadTest {
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 20;
    private static final int FRAMES = 5_000;

    private final Path dir;

    PipelineOverheadTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void aStepAddsLittleToTheBareInference() {
        LoadedModel model = ExamplePipelines.model("simulated.toml");
        PipelineSettings settings = ExamplePipelines.settings("simulated.toml", Map.of());
        try (Breadcrumbs crumbs = Breadcrumbs.of(dir);
                Interpreter interpreter = model.interpreter();
                Pipeline pipeline = Pipeline.open(
                        settings,
                        model,
                        new Recording(),
                        new PipelineContext((stream, record) -> {}, () -> new Stamp(0, 0, 0), "test", crumbs));
                Breadcrumbs.Slot crumb = crumbs.slot("measured")) {
            Tally tally = new Tally(model.ref(), 0);
            float[] input = new Recording().frame.values();
            float[] output = new float[interpreter.output(0).elements()];
            Runnable invoke = interpreter::invoke;
            Runnable bare = () -> {
                interpreter.input(0).write(input, 0, input.length);
                interpreter.invoke();
                interpreter.output(0).read(output);
            };
            Runnable step = () -> pipeline.step(0);
            Runnable trace = () -> {
                crumb.enter(1);
                crumb.leave();
            };
            Runnable tallied = () -> {
                tally.frame(1);
                tally.runs(1);
                tally.ran();
                tally.prediction(5, "normal");
            };
            double[][] nanos = new double[5][ROUNDS];
            for (Runnable body : new Runnable[] {invoke, bare, step, trace, tallied}) {
                measure(body, WARM_UP);
            }
            for (int round = 0; round < ROUNDS; round++) {
                nanos[0][round] = measure(invoke, FRAMES);
                nanos[1][round] = measure(bare, FRAMES);
                nanos[2][round] = measure(step, FRAMES);
                nanos[3][round] = measure(trace, FRAMES);
                nanos[4][round] = measure(tallied, FRAMES);
            }
            double invokeNanos = median(nanos[0]);
            double bareNanos = median(nanos[1]);
            double stepNanos = median(nanos[2]);
            System.out.printf(
                    Locale.ROOT,
                    "invoke %.2f us, write+invoke+read %.2f us, pipeline step %.2f us: overhead %.2f us over the first,"
                            + " %.2f us over the second, of which %.0f ns the breadcrumb and %.0f ns the tally; %d bytes"
                            + " allocated a step%n",
                    invokeNanos / 1e3,
                    bareNanos / 1e3,
                    stepNanos / 1e3,
                    (stepNanos - invokeNanos) / 1e3,
                    (stepNanos - bareNanos) / 1e3,
                    median(nanos[3]),
                    median(nanos[4]),
                    allocated(step));

            assertThat(pipeline.counters().predictions())
                    .isEqualTo(pipeline.counters().recorded());
            assertThat(stepNanos - bareNanos).isLessThan(50_000);
        }
    }

    private static double measure(Runnable body, int times) {
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            body.run();
        }
        return (double) (System.nanoTime() - start) / times;
    }

    private static long allocated(Runnable body) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < FRAMES; i++) {
            body.run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / FRAMES;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The same window of vibration again and again. Owned by the test. */
    private static final class Recording implements Source {
        private final Frame frame = new Frame(256);
        private long number;

        Recording() {
            new RotatingMachine(1).fill(frame.values());
        }

        @Override
        public String name() {
            return "recording";
        }

        @Override
        public FrameForm form() {
            return new FrameForm.Values(frame.values().length);
        }

        @Override
        public Frame poll(long nowNanos) {
            number++;
            return frame.numbered(number);
        }

        @Override
        public long frameNumber() {
            return number;
        }

        @Override
        public long nextDueNanos() {
            return 0;
        }

        @Override
        public @Nullable String notice() {
            return null;
        }

        @Override
        public void close() {
            // holds nothing but memory
        }
    }
}
