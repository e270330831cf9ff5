package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.Examples;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.ScaleModel;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.ModelSettings;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The model of a pipeline is exchanged while frames flow: none is lost, none waits, and nothing is left behind. */
class ModelSwapIT {
    private static final int SWAPS = 1_000;
    private static final int SETTLE = 200;
    private static final long SLACK_KIB = 48 * 1024;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Queue<String> crashes = new ConcurrentLinkedQueue<>();
    private final Queue<Prediction> predictions = new ConcurrentLinkedQueue<>();
    private final AtomicLong seen = new AtomicLong();
    private final Pipelines pipelines = new Pipelines(
            new Runner((worker, bug) -> crashes.add(worker + ": " + bug)), new FaultLog(() -> Instant.EPOCH));

    private final DeviceConfig config = Examples.config("simulated.toml", Map.of("pipeline.0.source.rate", "2000"));
    private final ModelSettings settings =
            config.model(config.pipelines().getFirst().model()).orElseThrow();
    private final String name = config.pipelines().getFirst().name();

    @AfterEach
    void closed() {
        assertThat(pipelines.stop(LIMIT)).isTrue();
        pipelines.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void aThousandSwapsLoseNoFrameAndLeaveMemoryFlat() throws IOException {
        start();
        long[] nanos = new long[SWAPS];
        for (int i = 0; i < SETTLE; i++) {
            swap("settle-" + i);
            awaitFrame();
        }
        long before = residentKiB();
        for (int i = 0; i < SWAPS; i++) {
            nanos[i] = swap("swap-" + i);
            awaitFrame();
        }
        long grown = residentKiB() - before;
        pipelines.stop(LIMIT);

        List<Prediction> all = new ArrayList<>(predictions);
        long first = all.getFirst().frame();
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).frame()).as("no hole in the frame counter").isEqualTo(first + i);
        }
        long versions = all.stream().map(Prediction::model).distinct().count();
        assertThat(pipelines.view().getFirst().failures()).isZero();
        assertThat(pipelines.view().getFirst().predictions()).isEqualTo(all.size());
        assertThat(all.getLast().model().version()).isEqualTo("swap-" + (SWAPS - 1));
        java.util.Arrays.sort(nanos);
        System.out.printf(
                "measured: %d swaps over %d frames, %d models seen in predictions, 0 frames lost; a swap took %d us in the"
                        + " median, %d us at most; resident memory grew by %d KiB%n",
                SWAPS, all.size(), versions, nanos[SWAPS / 2] / 1_000, nanos[SWAPS - 1] / 1_000, grown);
        assertThat(versions).isGreaterThanOrEqualTo(SWAPS);
        assertThat(grown).as("KiB grown by " + SWAPS + " swaps").isLessThan(SLACK_KIB);
    }

    @Test
    void aModelThatDoesNotFitIsTurnedAwayAndTheOldOneRunsOn() {
        start();
        try (var other = ScaleModel.open(3, 2, List.of()).interpreter()) {
            LoadedModel wrong = new LoadedModel(other, new ModelRef("x", "1", "0".repeat(64)), List.of());
            assertThatThrownBy(() -> pipelines.exchange(name, wrong, LIMIT)).isInstanceOf(PipelineException.class);
        }
        long now = seen.get();
        while (seen.get() < now + 10) {
            Thread.onSpinWait();
        }
        assertThat(pipelines.view().getFirst().model().version()).isEqualTo(settings.version());
        assertThat(pipelines.view().getFirst().failures()).isZero();
    }

    @Test
    void aPausedPipelineTakesAnotherModelToo() {
        start();
        pipelines.pause(name);
        swap("paused");
        assertThat(pipelines.view().getFirst().model().version()).isEqualTo("paused");
    }

    private void start() {
        PipelineContext context = new PipelineContext(
                (stream, row) -> {
                    if (row instanceof Prediction prediction) {
                        predictions.add(prediction);
                        seen.incrementAndGet();
                    }
                },
                () -> new Stamp(0, 0, 1),
                "test");
        pipelines.put(new PipelineOpener(context, ModelSource.FILES)
                .open(config, config.pipelines().getFirst()));
        pipelines.start();
        while (seen.get() == 0) {
            Thread.onSpinWait();
        }
    }

    /** One swap, to a model of that version; how long it took from the asking to the answer. */
    private long swap(String version) {
        LoadedModel fresh = new ModelLoader(ModelSource.FILES).load(settings);
        LoadedModel next = new LoadedModel(
                fresh.interpreter(),
                new ModelRef(settings.name(), version, fresh.ref().sha256()),
                fresh.labels());
        long start = System.nanoTime();
        Asked<Optional<LoadedModel>> asked = pipelines.exchange(name, next, LIMIT);
        long took = System.nanoTime() - start;
        assertThat(asked)
                .isInstanceOfSatisfying(
                        Asked.Done.class,
                        done -> ((Optional<?>) done.value())
                                .map(LoadedModel.class::cast)
                                .orElseThrow()
                                .interpreter()
                                .close());
        return took;
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    /** One that the model of now has seen. */
    private void awaitFrame() {
        long before = seen.get();
        long end = System.nanoTime() + LIMIT.toNanos();
        while (seen.get() == before) {
            assertThat(System.nanoTime() - end).as("no frame comes any more").isNegative();
            Thread.onSpinWait();
        }
    }

    /** After the heap was used up once, so that what it takes the first time is not counted as growth. */
    private static long residentKiB() throws IOException {
        long collections = collections();
        for (long used = 0; collections() == collections; ) {
            used += new byte[1 << 20].length;
            assertThat(used).isPositive();
        }
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
