package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.sync.wire.NotEnrolled;
import io.fulmar.sync.wire.Taken;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SentAwayTest {
    private static final int MINUTES = (int) Duration.ofMinutes(5).toMillis();
    private final Conditions conditions = new Conditions(() -> Instant.EPOCH, () -> 0);
    private final SentAway sentAway = new SentAway("mine", conditions, new SplittableRandom(1));

    private static long minutes(long count) {
        return Duration.ofMinutes(count).toNanos();
    }

    @Test
    void whatIsSaidToTheOtherDeviceIsIgnored() {
        assertThat(sentAway.told(new Taken("its", MINUTES, 0), 0)).isFalse();
        assertThat(sentAway.away(1)).isFalse();
        assertThat(conditions.holds(ConditionName.IDENTITY_TAKEN)).isFalse();
    }

    @Test
    void itStaysAwayForAtLeastAsLongAsItIsToldAndAtMostTwiceAsLong() {
        assertThat(sentAway.told(new Taken("mine", MINUTES, 0), 0)).isTrue();
        assertThat(sentAway.away(minutes(5) - 1)).isTrue();
        assertThat(sentAway.away(minutes(10) + 1)).isFalse();
    }

    @Test
    void itSaysSoUntilTheFleetTakesIt() {
        sentAway.told(new Taken("mine", MINUTES, 0), 0);
        assertThat(conditions.holds(ConditionName.IDENTITY_TAKEN)).isTrue();
        sentAway.away(minutes(60));
        assertThat(conditions.holds(ConditionName.IDENTITY_TAKEN)).isTrue();
        sentAway.welcomed();
        assertThat(conditions.holds(ConditionName.IDENTITY_TAKEN)).isFalse();
    }

    @Test
    void noFleetCanSendItAwayForEver() {
        sentAway.told(new Taken("mine", Integer.MAX_VALUE, 0), 0);
        assertThat(sentAway.away(minutes(121))).isFalse();
    }

    @Test
    void oneThatWasNeverEnrolledStaysAwayAndSaysSoUntilTheFleetTakesIt() {
        assertThat(sentAway.told(new NotEnrolled(MINUTES, 0), 0)).isTrue();
        assertThat(sentAway.away(minutes(5) - 1)).isTrue();
        assertThat(conditions.holds(ConditionName.NOT_ENROLLED)).isTrue();
        assertThat(conditions.holds(ConditionName.IDENTITY_TAKEN)).isFalse();
        sentAway.welcomed();
        assertThat(conditions.holds(ConditionName.NOT_ENROLLED)).isFalse();
    }
}
