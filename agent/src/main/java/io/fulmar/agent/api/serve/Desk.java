package io.fulmar.agent.api.serve;

import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ApiSettings;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.tflite.ModelException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where callers of one model wait for their turn, and what is known of it. Thread-safe. */
public final class Desk {
    private final String name;
    private final Supplier<ModelSettings> settings;
    private final ModelSource source;
    private final Duration patience;
    private final ArrayBlockingQueue<Job<?>> queue;
    private final Consumer<Desk> bell;
    private final int workers;
    private final AtomicReference<@Nullable Known> known = new AtomicReference<>();
    private final ReentrantLock looking = new ReentrantLock();
    private final AtomicInteger loaded = new AtomicInteger();
    private final Histogram latencies = new Histogram();
    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder full = new LongAdder();
    private final LongAdder late = new LongAdder();

    private record Known(ModelSettings settings, String mark, ModelFacts facts) {}

    /**
     * How it has been so far.
     *
     * @param done requests that were answered
     * @param failed requests that got no answer because of themselves or of the model
     * @param full requests that found too many waiting
     * @param late requests whose turn did not come in time
     * @param waiting for their turn now
     * @param loaded interpreters that are open now
     *     <p>Immutable but for the latencies.
     */
    public record View(
            String model, long done, long failed, long full, long late, int waiting, int loaded, Histogram latencies) {}

    /** @param bell called whenever somebody waits */
    Desk(String name, Supplier<ModelSettings> settings, ModelSource source, ApiSettings limits, Consumer<Desk> bell) {
        this.name = name;
        this.settings = settings;
        this.source = source;
        this.patience = limits.deadline();
        this.queue = new ArrayBlockingQueue<>(limits.queue());
        this.workers = limits.interpreters();
        this.bell = bell;
    }

    public String name() {
        return name;
    }

    // ---- ask

    /**
     * Has something done with the model, and waits for it.
     *
     * @param most how long the caller would wait for its turn; null for as long as it may
     */
    public <T> T ask(ModelUse<T> use, @Nullable Duration most) throws ServeException {
        Duration limit = most == null || most.compareTo(patience) > 0 ? patience : most;
        Job<T> job = new Job<>(use, System.nanoTime() + limit.toNanos());
        if (!queue.offer(job)) {
            throw full();
        }
        bell.accept(this);
        try {
            return job.await();
        } catch (ServeException e) {
            if (e.kind() == ServeException.Kind.LATE) {
                late.increment();
            }
            throw e;
        }
    }

    /** Throws what {@link #ask} would throw now if there is no place; it may be taken when it is asked. */
    public void requireRoom() throws ServeException {
        if (queue.remainingCapacity() == 0) {
            throw full();
        }
    }

    private ServeException full() {
        full.increment();
        return new ServeException(
                ServeException.Kind.FULL,
                queue.size() + " requests wait for model " + name + " already",
                retrySeconds());
    }

    private long retrySeconds() {
        long seconds = latencies.meanNanos() * queue.size() / workers / 1_000_000_000;
        return Math.clamp(seconds, 1, Limits.RETRY_SECONDS);
    }

    // ---- know

    /** What would run now, without a place in the queue; the model is looked at only when there is another one. */
    public ModelFacts facts() throws ServeException {
        ModelSettings now = settings();
        String mark = source.mark(name);
        looking.lock();
        try {
            Known last = known.get();
            if (last != null && last.settings().equals(now) && last.mark().equals(mark)) {
                return last.facts();
            }
            ModelFacts facts = FactsReader.read(source, now);
            known.set(new Known(now, mark, facts));
            return facts;
        } catch (PipelineException | ModelException e) {
            throw new ServeException(ServeException.Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
        } finally {
            looking.unlock();
        }
    }

    public View view() {
        return new View(name, done.sum(), failed.sum(), full.sum(), late.sum(), queue.size(), loaded.get(), latencies);
    }

    // ---- for its workers

    @Nullable
    Job<?> next() {
        return queue.poll();
    }

    ModelSettings settings() {
        return settings.get();
    }

    ModelSource source() {
        return source;
    }

    Histogram latencies() {
        return latencies;
    }

    void loadedOne() {
        loaded.incrementAndGet();
    }

    void released() {
        loaded.decrementAndGet();
    }

    void done() {
        done.increment();
    }

    void failed() {
        failed.increment();
    }

    /** Nobody does anything any more: those that wait hear it. */
    void close() {
        for (Job<?> job = queue.poll(); job != null; job = queue.poll()) {
            if (job.begin()) {
                job.fail(new ServeException(
                        ServeException.Kind.UNAVAILABLE, "model " + name + " is not run here any more"));
            }
        }
    }
}
