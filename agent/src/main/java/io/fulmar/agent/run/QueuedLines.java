package io.fulmar.agent.run;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Writes lines on a thread of its own, so that an output that nobody reads holds up nobody.
 *
 * <p>Its policy when it is full: the new line is dropped and counted, and the count is written once there is room.
 * Thread-safe.
 */
public final class QueuedLines implements AutoCloseable {
    private static final Duration LAST = Duration.ofSeconds(1);

    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(Limits.LOG_LINES);
    private final AtomicLong dropped = new AtomicLong();
    private final Consumer<String> out;
    private final LongFunction<String> droppedLine;
    private final Thread writer;

    /**
     * @param out writes and flushes; may block
     * @param droppedLine how the number of dropped lines is written
     */
    public QueuedLines(String name, Consumer<String> out, LongFunction<String> droppedLine) {
        this.out = out;
        this.droppedLine = droppedLine;
        this.writer = Thread.ofPlatform().name(name).daemon(true).unstarted(this::write);
        writer.start();
    }

    /** Takes a line with its end, or drops it. */
    public void add(String line) {
        if (!lines.offer(line)) {
            dropped.incrementAndGet();
        }
    }

    private void write() {
        try {
            while (true) {
                print(lines.take());
            }
        } catch (InterruptedException closed) {
            for (String line = lines.poll(); line != null; line = lines.poll()) {
                print(line);
            }
        }
    }

    private void print(String line) {
        out.accept(line);
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            out.accept(droppedLine.apply(lost));
        }
    }

    /** Lets the writer write what waits, for a bounded time. */
    @Override
    public void close() {
        writer.interrupt();
        try {
            writer.join(LAST);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
