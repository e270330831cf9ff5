package io.fulmar.agent.health;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import org.slf4j.event.Level;

/** The last lines of the log, kept in memory for who asks from afar; the oldest go. Thread-safe. */
public final class LogRing {
    private final ArrayBlockingQueue<Line> lines = new ArrayBlockingQueue<>(Limits.LOG_LINES);

    /**
     * One event.
     *
     * @param wallMillis the wall clock as the device believed it
     * @param text without level and time, one line
     */
    public record Line(long wallMillis, Level level, String logger, String text) {}

    /** Keeps a line. */
    public void add(Line line) {
        Line kept = line.text().length() <= Limits.LOG_LINE_CHARS
                ? line
                : new Line(line.wallMillis(), line.level(), line.logger(), shortened(line.text()));
        while (!lines.offer(kept)) {
            lines.poll();
        }
    }

    /** The last lines of at least that level, oldest first. */
    public List<Line> last(int count, Level atLeast) {
        List<Line> fitting = lines.stream()
                .filter(line -> line.level().toInt() >= atLeast.toInt())
                .toList();
        return fitting.subList(Math.max(0, fitting.size() - Math.max(0, count)), fitting.size());
    }

    private static String shortened(String text) {
        return text.substring(0, Limits.LOG_LINE_CHARS) + "…";
    }
}
