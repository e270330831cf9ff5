package io.fulmar.agent.run;

import java.io.PrintStream;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** Writes log lines through {@link QueuedLines}, so that standard error that nobody reads holds up no inference. Thread-safe. */
final class QueuedHandler extends Handler {
    private final QueuedLines lines;

    QueuedHandler(PrintStream out, Formatter formatter) {
        setFormatter(formatter);
        setLevel(Level.ALL);
        this.lines = new QueuedLines("fulmar-log", line -> print(out, line), lost -> {
            LogRecord event = new LogRecord(Level.WARNING, lost + " log lines were dropped, as nobody read them");
            event.setLoggerName("log");
            return formatter.format(event);
        });
    }

    private static void print(PrintStream out, String line) {
        out.print(line);
        out.flush();
    }

    @Override
    public void publish(LogRecord event) {
        if (isLoggable(event)) {
            lines.add(getFormatter().format(event));
        }
    }

    @Override
    public void flush() {
        // the writer flushes after every line
    }

    @Override
    public void close() {
        lines.close();
    }
}
