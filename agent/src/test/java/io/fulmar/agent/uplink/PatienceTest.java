package io.fulmar.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private static final Duration BASE = Duration.ofSeconds(2);
    private static final Duration CAP = Duration.ofSeconds(10);
    private final Patience patience = new Patience(BASE, CAP, new SplittableRandom(7));

    @Test
    void theFirstWaitIsExactlyTheBase() {
        patience.start(100);

        assertThat(patience.missed(100 + BASE.toNanos() - 1)).isFalse();
        assertThat(patience.missed(100 + BASE.toNanos())).isTrue();
    }

    @Test
    void repeatedMissesWaitLongerWithJitterUpToTheCap() {
        long longest = 0;
        for (int i = 0; i < 1000; i++) {
            patience.start(0);
            longest = Math.max(longest, patience.remaining(0));
            assertThat(patience.remaining(0))
                    .isBetween(BASE.toNanos(), BASE.plus(CAP).toNanos());
            assertThat(patience.missed(BASE.plus(CAP).toNanos())).isTrue();
        }

        assertThat(longest).isGreaterThan(CAP.toNanos());
    }

    @Test
    void progressBringsTheBaseBack() {
        for (int i = 0; i < 5; i++) {
            patience.start(0);
            patience.missed(Long.MAX_VALUE / 2);
        }
        patience.satisfied();
        patience.start(0);

        assertThat(patience.remaining(0)).isEqualTo(BASE.toNanos());
    }

    @Test
    void theClockMayWrapAround() {
        patience.start(Long.MAX_VALUE - 10);

        assertThat(patience.missed(Long.MAX_VALUE)).isFalse();
        assertThat(patience.missed(Long.MAX_VALUE - 10 + BASE.toNanos())).isTrue();
    }
}
