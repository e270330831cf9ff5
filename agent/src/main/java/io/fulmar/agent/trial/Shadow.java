package io.fulmar.agent.trial;

import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.Latencies;
import io.fulmar.agent.pipeline.ModelTap;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.pipeline.PipelineTally;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.ModelSource.Found;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.Worker;
import io.fulmar.config.ModelSettings;
import io.fulmar.config.Processing;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.sync.wire.Reported;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A release beside the active one, on copies of its inputs: how often both say the same, how long it takes, what it needs.
 * It changes nothing that the device does; what comes faster than it is done is left out and counted.
 *
 * <p>Runs on a thread of its own; {@link #view} and {@link #stop} are thread-safe.
 */
public final class Shadow {
    private final Pipelines pipelines;
    private final ModelSettings settings;
    private final Found.Stored candidate;
    private final @Nullable ModelFile active;
    private final ArrayBlockingQueue<Seen> queue = new ArrayBlockingQueue<>(Limits.SHADOW_QUEUE);
    private final AtomicBoolean ends = new AtomicBoolean();
    /** Whether a pipeline prepares its frames otherwise than the candidate wants them. */
    private final AtomicBoolean unlike = new AtomicBoolean();

    private final Processing.Steps steps;
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicReference<Sums> sums = new AtomicReference<>(new Sums(0, 0, 0, 0, 0, -1, -1, null));
    /** When the run of now began; 0 while there is none. */
    private final AtomicLong running = new AtomicLong();

    private final Latencies latencies = new Latencies();
    private final Latencies activeLatencies = new Latencies();
    private final Doorbell doorbell = new Doorbell();
    private final ModelTap tap = this::ran;
    private final Breadcrumbs.Slot crumb;
    private final Work work = new Work();
    private final Runner.Running thread;

    /** A copy of what the active model was given and gave. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
    private record Seen(
            long digest,
            float[] input,
            float[] output,
            List<String> labels,
            long micros,
            ModelTap.@Nullable Comparison comparison) {
        void compared(boolean same) {
            if (comparison != null) {
                comparison.compared(same);
            }
        }
    }

    /** What is known so far; written by its thread. */
    private record Sums(
            long predictions,
            long failures,
            long classified,
            long agreed,
            double difference,
            long memory,
            long activeMemory,
            @Nullable String fault) {
        Sums measured(long candidate, long now) {
            return new Sums(predictions, failures, classified, agreed, difference, candidate, now, fault);
        }

        Sums failed() {
            return new Sums(predictions, failures + 1, classified, agreed, difference, memory, activeMemory, fault);
        }

        Sums ended(String reason) {
            return new Sums(predictions, failures, classified, agreed, difference, memory, activeMemory, reason);
        }

        Sums said(boolean aClass, boolean same, double apart) {
            return new Sums(
                    predictions + 1,
                    failures,
                    classified + (aClass ? 1 : 0),
                    agreed + (aClass && same ? 1 : 0),
                    difference + apart,
                    memory,
                    activeMemory,
                    fault);
        }
    }

    /**
     * How it does.
     *
     * @param numbers agreement is the share of inputs of which both say the same class; -1 where they do not classify
     * @param difference by how much the score of the active model's class differs in the mean; of the only output, where
     *     there is but one
     * @param dropped inputs that came too fast for it
     * @param fault why it does not run any more, beginning with the name of a reason; null while it does
     *     <p>Immutable.
     */
    public record View(
            Reported.Numbers numbers,
            double difference,
            long dropped,
            @Nullable String fault) {}

    private Shadow(
            Runner runner,
            Pipelines pipelines,
            ModelSettings settings,
            Found.Stored candidate,
            @Nullable ModelFile active,
            Breadcrumbs breadcrumbs) {
        this.pipelines = pipelines;
        this.settings = settings;
        this.candidate = candidate;
        this.active = active;
        this.steps = steps();
        this.crumb = breadcrumbs.slot("its shadow run");
        crumb.of(candidate.model().model().sha256());
        this.thread = runner.start("shadow", work, doorbell);
    }

    /** What the candidate does with its input; if nobody here knows that, it has ended before it began. */
    private Processing.Steps steps() {
        try {
            return ModelLoader.steps(candidate);
        } catch (PipelineException e) {
            sums.set(now().ended("does-not-fit: " + e.getMessage()));
            return Processing.Steps.NONE;
        }
    }

    /**
     * Lets a release run beside what the pipelines run under its name.
     *
     * @param models where what runs now is found, whose memory is measured too
     */
    public static Shadow start(
            Runner runner,
            Pipelines pipelines,
            ModelSettings settings,
            ModelSource models,
            Found.Stored candidate,
            Breadcrumbs breadcrumbs) {
        ModelFile active = switch (models.find(settings.name())) {
            case Found.Stored stored -> stored.model().model();
            case Found.InFile _ -> settings.file() == null ? null : ModelFile.read(settings.file());
            case Found.Nothing _ -> null;
        };
        return new Shadow(runner, pipelines, settings, candidate, active, breadcrumbs);
    }

    /** How it has done so far. */
    public View view() {
        Sums now = now();
        return new View(
                new Reported.Numbers(
                        now.predictions(),
                        now.failures(),
                        latencies.p95Micros(),
                        now.memory(),
                        -1,
                        now.classified() == 0 ? -1 : (double) now.agreed() / now.classified(),
                        activeLatencies.p95Micros(),
                        now.activeMemory()),
                now.predictions() == 0 ? 0 : now.difference() / now.predictions(),
                dropped.get(),
                fault(now));
    }

    private Sums now() {
        return Objects.requireNonNull(sums.get());
    }

    private @Nullable String fault(Sums now) {
        long since = running.get();
        Duration hangs = since == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
        return hangs.compareTo(Limits.HUNG) > 0
                ? "hung: it does not come back for " + hangs.toSeconds() + " s"
                : now.fault();
    }

    /** Ends it. One that does not come back is left behind. */
    public void stop() {
        ends.set(true);
        tap(null);
        if (thread.stop(Limits.SHADOW_STOP)) {
            work.close();
        }
    }

    /** On the thread of a pipeline. */
    private boolean ran(
            long digest,
            float[] input,
            float[] output,
            List<String> labels,
            long micros,
            ModelTap.@Nullable Comparison comparison) {
        if (ends.get()) {
            return false;
        }
        if (queue.remainingCapacity() == 0
                || !queue.offer(new Seen(digest, input.clone(), output.clone(), labels, micros, comparison))) {
            dropped.incrementAndGet();
            return false;
        }
        doorbell.ring();
        return true;
    }

    /** A pipeline that was opened anew since the last time has none yet. */
    private void tap(@Nullable ModelTap by) {
        for (PipelineTally tally : pipelines.tallies(settings.name())) {
            pipelines.ask(
                    tally.pipeline(),
                    pipeline -> {
                        if (by != null && !pipeline.preparesAlike(steps)) {
                            unlike.set(true);
                        } else {
                            pipeline.tappedBy(by);
                        }
                        return true;
                    },
                    Limits.SHADOW_TAP);
        }
    }

    /** What its thread does. Owned by that. */
    private final class Work implements Worker, AutoCloseable {
        private @Nullable Interpreter interpreter;
        private float[] output = {};
        private long tappedNanos;

        @Override
        public int work(long nowNanos) {
            if (now().fault() != null) {
                return 0;
            }
            if (interpreter == null) {
                open();
            }
            if (tappedNanos == 0 || nowNanos - tappedNanos > Limits.SHADOW_TAP_EVERY.toNanos()) {
                tappedNanos = nowNanos | 1;
                tap(tap);
            }
            if (unlike.get()) {
                sums.set(now().ended(
                                "does-not-fit: its package prepares the input otherwise than what runs, so the same input"
                                        + " is not the same to both"));
                return 0;
            }
            Seen seen = queue.poll();
            if (seen == null || interpreter == null) {
                return 0;
            }
            sums.set(compare(interpreter, seen));
            return 1;
        }

        @Override
        public long idleNanos(long nowNanos) {
            return Limits.SHADOW_TAP_EVERY.toNanos();
        }

        private void open() {
            InterpreterOptions options = ModelLoader.options(settings);
            ModelFile file = candidate.model().model();
            try {
                running.set(System.nanoTime() | 1);
                long needs = ModelTest.memory(file, options, crumb);
                running.set(0);
                sums.set(now().measured(needs, active == null ? -1 : activeNeeds(active, options)));
                Interpreter opened = Interpreter.open(file, options);
                interpreter = opened;
                output = new float[opened.output(0).elements()];
            } catch (ModelException | IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
                sums.set(now().ended("bad-model: " + e.getMessage()));
            } finally {
                running.set(0);
            }
        }

        /** It runs in the pipelines, so nobody dies of it here. */
        private long activeNeeds(ModelFile file, InterpreterOptions options) {
            try (Breadcrumbs.Slot untraced = Breadcrumbs.none().slot("")) {
                return ModelTest.memory(file, options, untraced);
            }
        }

        private Sums compare(Interpreter runs, Seen seen) {
            activeLatencies.add(seen.micros());
            if (runs.input(0).elements() != seen.input().length) {
                return now().ended("does-not-fit: it takes " + runs.input(0).elements()
                        + " values, and its frames have " + seen.input().length);
            }
            try {
                runs.input(0).write(seen.input(), 0, seen.input().length);
                long start = System.nanoTime();
                running.set(start | 1);
                crumb.enter(seen.digest());
                runs.invoke();
                crumb.leave();
                running.set(0);
                latencies.add((System.nanoTime() - start) / 1_000);
                runs.output(0).read(output);
            } catch (ModelException e) {
                crumb.leave();
                running.set(0);
                return now().failed();
            } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
                crumb.leave();
                running.set(0);
                return now().ended("does-not-fit: " + e.getMessage());
            }
            for (float score : output) {
                if (!Float.isFinite(score)) {
                    return now().failed();
                }
            }
            return said(seen);
        }

        private Sums said(Seen seen) {
            int top = top(seen.output());
            int mine = top < seen.labels().size()
                    ? candidate.labels().indexOf(seen.labels().get(top))
                    : -1;
            if (mine < 0) {
                mine = top; // it names its classes otherwise, or not at all
            }
            if (mine >= output.length) {
                seen.compared(false);
                return now().said(true, false, 0);
            }
            seen.compared(seen.output().length == 1 || mine == top(output));
            double apart = Math.abs((double) output[mine] - seen.output()[top]);
            return now().said(seen.output().length > 1, mine == top(output), apart);
        }

        private static int top(float[] scores) {
            int top = 0;
            for (int i = 1; i < scores.length; i++) {
                if (scores[i] > scores[top]) {
                    top = i;
                }
            }
            return top;
        }

        @Override
        public void close() {
            if (interpreter != null) {
                interpreter.close();
            }
            crumb.close();
        }
    }
}
