package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogLineTest {
    private static LogRecord event(Level level, String text) {
        LogRecord event = new LogRecord(level, text);
        event.setLoggerName("io.fulmar.agent.run.ControlWorker");
        event.setInstant(Instant.parse("2026-11-21T19:31:33.123456Z"));
        return event;
    }

    @Test
    void anEventIsOneLine() {
        assertThat(new LogLine(false).format(event(Level.WARNING, "a\nb")))
                .isEqualTo("2026-11-21T19:31:33.123Z WARN  ControlWorker: a b\n");
    }

    @Test
    void anExceptionAndItsCauseStayOnThatLine() {
        LogRecord event = event(Level.SEVERE, "it broke");
        event.setThrown(new IllegalStateException("two\nlines", new IllegalArgumentException("why")));

        String line = new LogLine(true).format(event);

        assertThat(line)
                .startsWith("<3>ControlWorker: it broke | java.lang.IllegalStateException: two lines at "
                        + LogLineTest.class.getName())
                .contains(" | caused by java.lang.IllegalArgumentException: why at ")
                .endsWith("\n");
        assertThat(line.strip()).doesNotContain("\n");
    }

    @Test
    void whatADeviceWritesCannotMoveTheCursor() {
        assertThat(new LogLine(true).format(event(Level.INFO, "a\u001b[2Jb\r")))
                .isEqualTo("<6>ControlWorker: a [2Jb \n");
    }

    @Test
    void theJournalGetsThePriorityAndNoTime() {
        assertThat(new LogLine(true).format(event(Level.SEVERE, "a"))).isEqualTo("<3>ControlWorker: a\n");
    }

    @Test
    void aTextWithBracesIsNotAPattern() {
        assertThat(new LogLine(false).format(event(Level.INFO, "{0} it's"))).endsWith("{0} it's\n");
    }
}
