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
    void theJournalGetsThePriorityAndNoTime() {
        assertThat(new LogLine(true).format(event(Level.SEVERE, "a"))).isEqualTo("<3>ControlWorker: a\n");
    }

    @Test
    void aTextWithBracesIsNotAPattern() {
        assertThat(new LogLine(false).format(event(Level.INFO, "{0} it's"))).endsWith("{0} it's\n");
    }
}
