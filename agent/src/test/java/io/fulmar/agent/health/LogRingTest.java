package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class LogRingTest {
    private final LogRing ring = new LogRing();

    @Test
    void theLastLinesAreToldOldestFirst() {
        add(Level.INFO, "one");
        add(Level.WARN, "two");
        add(Level.INFO, "three");

        assertThat(ring.last(2, Level.INFO)).extracting(LogRing.Line::text).containsExactly("two", "three");
    }

    @Test
    void onlyLinesOfTheWantedLevelAreCounted() {
        add(Level.WARN, "one");
        add(Level.ERROR, "two");
        add(Level.INFO, "three");

        assertThat(ring.last(2, Level.WARN)).extracting(LogRing.Line::text).containsExactly("one", "two");
    }

    @Test
    void aFloodTakesNoMoreThanItsRoom() {
        for (int i = 0; i < 100_000; i++) {
            add(Level.INFO, "x".repeat(10_000));
        }

        assertThat(ring.last(Integer.MAX_VALUE, Level.TRACE))
                .hasSize(Limits.LOG_LINES)
                .allMatch(line -> line.text().length() == Limits.LOG_LINE_CHARS + 1);
    }

    private void add(Level level, String text) {
        ring.add(new LogRing.Line(1, level, "test", text));
    }
}
