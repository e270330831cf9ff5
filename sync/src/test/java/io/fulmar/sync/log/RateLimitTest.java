package io.fulmar.sync.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private final RateLimit limit = new RateLimit(3, Duration.ofSeconds(10));
    private long now = -5;

    private long pass() {
        return limit.pass(now);
    }

    private void seconds(int seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void aBurstPassesAndThenOneInAWhileWithTheNumberOfThoseHeldBack() {
        assertThat(pass()).isZero();
        assertThat(pass()).isZero();
        assertThat(pass()).isZero();
        for (int i = 0; i < 1000; i++) {
            assertThat(pass()).isEqualTo(-1);
        }
        seconds(10);
        assertThat(pass()).isEqualTo(1000);
        assertThat(pass()).isEqualTo(-1);
        seconds(10);
        assertThat(pass()).isEqualTo(1);
    }

    @Test
    void aQuietTimeGivesTheBurstBackAndNoMore() {
        for (int i = 0; i < 5; i++) {
            pass();
        }
        seconds(1_000_000);
        assertThat(pass()).isEqualTo(2);
        assertThat(pass()).isZero();
        assertThat(pass()).isZero();
        assertThat(pass()).isEqualTo(-1);
    }

    @Test
    void inADayOfFloodItLetsThroughWhatItSays() {
        long passed = 0;
        for (int i = 0; i < 86_400; i++) {
            passed += pass() >= 0 ? 1 : 0;
            seconds(1);
        }
        assertThat(passed).isBetween(8_640L, 8_643L);
    }
}
