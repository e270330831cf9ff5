package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.ModelRef;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StuckTest {
    private static final ModelRef MODEL = new ModelRef("m", "1.0.0", "0".repeat(64));

    private static @Nullable Stuck after(long seconds, Duration longest) {
        return Stuck.of("p", MODEL, true, Duration.ofSeconds(seconds), longest, true);
    }

    private static Duration end(Duration longest, boolean tried) {
        return Objects.requireNonNull(Stuck.of("p", MODEL, true, Duration.ofHours(1), longest, tried))
                .end();
    }

    @Test
    void aStepIsTooLongAfterFiveSecondsOrFourTimesTheLongestBefore() {
        assertThat(after(5, Duration.ofMillis(3))).isNull();
        assertThat(after(6, Duration.ofMillis(3))).isNotNull();
        assertThat(after(12, Duration.ofSeconds(3))).isNull();
        assertThat(after(13, Duration.ofSeconds(3))).isNotNull();
        assertThat(after(241, Duration.ofHours(3)))
                .as("one that took very long once hides nothing for ever")
                .isNotNull();
    }

    @Test
    void theProcessEndsAfterThreeTimesThatAndLaterWhileTheModelIsUntried() {
        assertThat(end(Duration.ofMillis(3), true)).isEqualTo(Duration.ofSeconds(15));
        assertThat(end(Duration.ofSeconds(3), true)).isEqualTo(Duration.ofSeconds(36));
        assertThat(end(Duration.ofMillis(3), false)).isEqualTo(Duration.ofMinutes(1));
        assertThat(end(Duration.ofSeconds(10), false)).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void itIsSaidWhereItIsStuckAndForHowLongWithoutAnotherTextEachSecond() {
        assertThat(Objects.requireNonNull(after(19, Duration.ZERO)).said())
                .isEqualTo("it has been stuck in model m 1.0.0 for more than 15 s");
        Stuck source = Stuck.of("p", MODEL, false, Duration.ofSeconds(150), Duration.ZERO, true);
        assertThat(Objects.requireNonNull(source).said())
                .isEqualTo("it has been stuck outside of model m 1.0.0, in its source or another stage, for more than"
                        + " 2 min");
    }
}
