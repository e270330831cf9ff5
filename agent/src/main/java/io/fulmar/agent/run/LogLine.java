package io.fulmar.agent.run;

import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Pattern;

/**
 * One line an event: {@code 2026-11-21T19:31:33.123Z WARN  uplink: text}; under systemd the journal has the time already
 * and reads the level from a {@code <4>} in front. Thread-safe.
 */
final class LogLine extends Formatter {
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

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
        return line.append(text(event, this)).append('\n').toString();
    }

    /** What happened, as one line. */
    static String text(LogRecord event, Formatter formatter) {
        StringBuilder text = new StringBuilder(formatter.formatMessage(event));
        Throwable thrown = event.getThrown();
        for (int depth = 0; thrown != null && depth < Limits.LOG_CAUSES; depth++) {
            text.append(depth == 0 ? " | " : " | caused by ").append(thrown);
            StackTraceElement[] frames = thrown.getStackTrace();
            for (int i = 0; i < Math.min(frames.length, Limits.LOG_FRAMES); i++) {
                text.append(i == 0 ? " at " : " < ").append(frames[i]);
            }
            thrown = thrown.getCause();
        }
        return CONTROL.matcher(text).replaceAll(" ");
    }

    /** The last part of a class name, which is what a reader looks for. */
    static String shortName(String logger) {
        return logger == null ? "" : logger.substring(logger.lastIndexOf('.') + 1);
    }

    static org.slf4j.event.Level slf4jLevel(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return org.slf4j.event.Level.ERROR;
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return org.slf4j.event.Level.WARN;
        }
        if (level.intValue() >= Level.INFO.intValue()) {
            return org.slf4j.event.Level.INFO;
        }
        return level.intValue() >= Level.FINE.intValue() ? org.slf4j.event.Level.DEBUG : org.slf4j.event.Level.TRACE;
    }

    private static String name(Level level) {
        String name = slf4jLevel(level).name();
        return name.length() < 5 ? name + " " : name;
    }

    /** As the journal numbers them. */
    private static int priority(Level level) {
        return switch (slf4jLevel(level)) {
            case ERROR -> 3;
            case WARN -> 4;
            case INFO -> 6;
            case DEBUG, TRACE -> 7;
        };
    }
}
