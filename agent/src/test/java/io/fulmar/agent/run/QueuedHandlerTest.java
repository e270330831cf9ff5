package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class QueuedHandlerTest {
    private final Semaphore reader = new Semaphore(0);
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    /** Standard error that blocks until somebody reads it. */
    private final PrintStream err = new PrintStream(written, true, StandardCharsets.UTF_8) {
        @Override
        public void print(String line) {
            reader.acquireUninterruptibly();
            super.print(line);
            reader.release();
        }
    };

    private final QueuedHandler handler = new QueuedHandler(err, new LogLine(true));

    private void log(int lines) {
        for (int i = 0; i < lines; i++) {
            LogRecord event = new LogRecord(Level.INFO, "line " + i);
            event.setLoggerName("test");
            handler.publish(event);
        }
    }

    @AfterEach
    void letTheWriterGo() {
        reader.release();
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    @Timeout(60)
    void nobodyWaitsForStandardErrorAndWhatWasDroppedIsCounted() {
        log(3 * Limits.LOG_LINES);
        assertThat(written.size()).isZero();
        reader.release();
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!text().contains("line " + (Limits.LOG_LINES - 1) + "\n") && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        assertThat(text()).startsWith("<6>test: line 0\n<4>log: ").contains(" log lines were dropped");
        assertThat(text().lines().filter(line -> line.contains("test: line")).count())
                .isBetween((long) Limits.LOG_LINES, Limits.LOG_LINES + 1L);
    }

    @Test
    @Timeout(60)
    void closingWritesWhatWaits() {
        reader.release();
        log(100);
        handler.close();
        assertThat(text().lines()).hasSize(100).last().isEqualTo("<6>test: line 99");
    }

    @Test
    @Timeout(60)
    void closingDoesNotWaitForAReaderWhoNeverComes() {
        log(100);
        handler.close();
        assertThat(written.size()).isZero();
    }
}
