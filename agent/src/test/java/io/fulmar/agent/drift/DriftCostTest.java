package io.fulmar.agent.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.config.DriftSettings;
import io.fulmar.model.drift.Baseline;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Measures what counting costs for each prediction: {@code ./mvnw -Plong -pl agent -am -Dtest=DriftCostTest
 * -Dsurefire.failIfNoSpecifiedTests=false test}. The measuring of windows is part of it.
 */
@Tag("long")
class DriftCostTest {
    private static final int ROUNDS = 20;
    private static final int PREDICTIONS = 20_000;

    @Test
    void countingAPredictionCostsLittle() {
        for (int inputs : new int[] {3, 256, 224 * 224 * 3}) {
            DriftMonitor monitor = new DriftMonitor(DriftSettings.USUAL, inputs, 0, Baseline.NONE, Baseline.NONE, 0);
            SplittableRandom random = new SplittableRandom(1);
            float[][] frames = new float[16][inputs];
            for (float[] frame : frames) {
                for (int i = 0; i < inputs; i++) {
                    frame[i] = (float) random.nextGaussian();
                }
            }
            double[] nanos = new double[ROUNDS];
            for (int round = -2; round < ROUNDS; round++) {
                long start = System.nanoTime();
                saw(monitor, frames);
                nanos[Math.max(0, round)] = (double) (System.nanoTime() - start) / PREDICTIONS;
            }
            Arrays.sort(nanos);
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            saw(monitor, frames);
            long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / PREDICTIONS;
            System.out.printf(
                    Locale.ROOT,
                    "%d inputs: %.0f ns and %d bytes allocated a prediction%n",
                    inputs,
                    nanos[ROUNDS / 2],
                    bytes);
            assertThat(bytes).as("allocated, however many inputs there are").isLessThan(256);
        }
    }

    private static void saw(DriftMonitor monitor, float[][] frames) {
        for (int i = 0; i < PREDICTIONS; i++) {
            monitor.saw(0, frames[i % frames.length], i % 5 == 0 ? "broken" : "calm", 0.9f, new float[0]);
        }
    }
}
