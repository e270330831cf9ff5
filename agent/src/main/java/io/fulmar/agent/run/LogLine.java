package io.fulmar.agent.run;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * One line an event: {@code 2026-11-21T19:31:33.123Z WARN  uplink: text}; under systemd the journal has the time already
 * and reads the level from a {@code <4>} in front. Thread-safe.
 */
final class LogLine extends Formatter {
    private final boolean journal;

    LogLine(boolean journal) {
        this.journal = journal;
    }

    @Override
    public String format(LogRecord event) {
        StringBuilder line = new StringBuilder(160);
        if (journal) {
            line.append('<').append(priority(event.getLevel())).append('>');
        } else {
            line.append(event.getInstant().truncatedTo(ChronoUnit.MILLIS)).append(' ');
            line.append(name(event.getLevel())).append(' ');
        }
        line.append(shortName(event.getLoggerName())).append(": ");
        line.append(formatMessage(event).replace('\n', ' ').replace('\r', ' ')).append('\n');
        if (event.getThrown() != null) {
            StringWriter trace = new StringWriter();
            event.getThrown().printStackTrace(new PrintWriter(trace));
            line.append(trace);
        }
        return line.toString();
    }

    /** The last part of a class name, which is what a reader looks for. */
    private static String shortName(String logger) {
        return logger == null ? "" : logger.substring(logger.lastIndexOf('.') + 1);
    }

    private static String name(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "WARN ";
        }
        if (level.intValue() >= Level.INFO.intValue()) {
            return "INFO ";
        }
        return level.intValue() >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
    }

    private static int priority(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return 3;
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return 4;
        }
        return level.intValue() >= Level.INFO.intValue() ? 6 : 7;
    }
}
