package io.fulmar.agent.run;

import io.fulmar.agent.health.LogRing;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

/** Keeps the last lines of the log in a {@link LogRing}. Thread-safe. */
final class RingHandler extends Handler {
    private final LogRing ring;

    RingHandler(LogRing ring) {
        this.ring = ring;
        setFormatter(new LogLine(false));
    }

    @Override
    public void publish(LogRecord event) {
        ring.add(new LogRing.Line(
                event.getMillis(),
                LogLine.slf4jLevel(event.getLevel()),
                LogLine.shortName(event.getLoggerName()),
                LogLine.text(event, getFormatter())));
    }

    @Override
    public void flush() {
        // nothing waits
    }

    @Override
    public void close() {
        // nothing is held
    }
}
