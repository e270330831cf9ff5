package io.fulmar.agent.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * Writes log lines on a thread of its own, so that standard error that nobody reads holds up no inference.
 *
 * <p>Its policy when it is full: the new line is dropped and counted, and the count is logged once there is room.
 * Thread-safe.
 */
final class QueuedHandler extends Handler {
    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(Limits.LOG_LINES);
    private final AtomicLong dropped = new AtomicLong();
    private final PrintStream out;
    private final Thread writer;

    QueuedHandler(PrintStream out, Formatter formatter) {
        this.out = out;
        this.writer = Thread.ofPlatform().name("fulmar-log").daemon(true).unstarted(this::write);
        setFormatter(formatter);
        setLevel(Level.ALL);
        writer.start();
    }

    @Override
    public void publish(LogRecord event) {
        if (isLoggable(event) && !lines.offer(getFormatter().format(event))) {
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
        out.print(line);
        out.flush();
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            LogRecord event = new LogRecord(Level.WARNING, lost + " log lines were dropped, as nobody read them");
            event.setLoggerName("log");
            out.print(getFormatter().format(event));
        }
    }

    @Override
    public void flush() {
        // the writer flushes after every line
    }

    /** Lets the writer write what waits, for a bounded time. */
    @Override
    public void close() {
        writer.interrupt();
        try {
            writer.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
