package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = Backoff.between(Duration.ofSeconds(1), Duration.ofMinutes(2));

    @Test
    void theBoundDoublesUntilTheCap() {
        assertThat(IntStream.of(0, 1, 2, 6, 7, 8, 1_000_000).mapToObj(backoff::bound))
                .containsExactly(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(64),
                        Duration.ofSeconds(120),
                        Duration.ofSeconds(120),
                        Duration.ofSeconds(120));
    }

    @Test
    void delaysFillTheWholeRangeEvenly() {
        Random random = new Random(42);
        double[] seconds = IntStream.range(0, 10_000)
                .mapToDouble(i -> backoff.delay(5, random).toMillis() / 1000.0)
                .sorted()
                .toArray();

        assertThat(seconds[0]).isBetween(0.0, 0.5);
        assertThat(seconds[2_500]).isBetween(7.0, 9.0);
        assertThat(seconds[5_000]).isBetween(15.0, 17.0);
        assertThat(seconds[9_999]).isBetween(31.5, 32.0);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> Backoff.between(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Backoff.between(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
