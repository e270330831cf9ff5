package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.Source;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Condition;
import io.fulmar.config.SourceSettings.Pace;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedSourceTest {
    private static final long SECOND = 1_000_000_000L;
    private static final List<SourceSettings.Phase> SCHEDULE = List.of(
            new SourceSettings.Phase(Condition.NORMAL, 0, Duration.ofSeconds(2)),
            new SourceSettings.Phase(Condition.IMBALANCE, 1, Duration.ofSeconds(2)));

    @Test
    void theSameSeedGivesTheSameFramesAtAnyPace() {
        Source realtime = source(Pace.REALTIME, 3, SCHEDULE);
        Source asFastAsPossible = source(Pace.NONE, 3, SCHEDULE);

        for (int i = 0; i < 50; i++) {
            assertThat(values(realtime.poll(i * SECOND / 10))).containsExactly(values(asFastAsPossible.poll(i)));
        }
        assertThat(values(source(Pace.NONE, 4, SCHEDULE).poll(0)))
                .isNotEqualTo(values(source(Pace.NONE, 3, SCHEDULE).poll(0)));
    }

    @Test
    void framesComeAtTheConfiguredRate() {
        Source source = source(Pace.REALTIME, 1, List.of());

        int frames = 0;
        for (long now = 5; now < 2 * SECOND; now += SECOND / 1_000) {
            frames += source.poll(now) == null ? 0 : 1;
        }
        assertThat(frames).isEqualTo(20);
    }

    @Test
    void whatWasMissedForLongIsSkippedAndNotMadeUpFor() {
        Source source = source(Pace.REALTIME, 1, List.of());
        source.poll(0);

        int frames = 0;
        for (long now = 60 * SECOND; now < 61 * SECOND; now += SECOND / 1_000) {
            frames += source.poll(now) == null ? 0 : 1;
        }
        assertThat(frames).isLessThanOrEqualTo(11);
    }

    @Test
    void whoeverCatchesUpGetsAFrameOfNowAtOnceAndTheNextOneWhenItIsDue() {
        Source source = source(Pace.REALTIME, 1, List.of());
        source.poll(0);
        long now = SECOND / 2;

        source.poll(now);
        assertThat(source.frameSinceNanos(now)).as("ten a second").isEqualTo(SECOND / 10);
        source.catchUp(now);

        assertThat(source.poll(now)).isNotNull();
        assertThat(source.frameSinceNanos(now)).isEqualTo(now);
        assertThat(source.poll(now)).isNull();
        assertThat(source.nextDueNanos()).isEqualTo(now + SECOND / 10);
    }

    @Test
    void faultsFollowTheScheduleAndItStartsOver() {
        Source source = source(Pace.NONE, 1, SCHEDULE);
        double[] energy = new double[4];

        for (int i = 0; i < 80; i++) {
            for (float sample : values(source.poll(i))) {
                energy[i / 20] += sample * sample;
            }
        }
        assertThat(energy[1]).isGreaterThan(2 * energy[0]);
        assertThat(energy[2]).isLessThan(energy[1] / 2);
        assertThat(energy[3]).isGreaterThan(2 * energy[2]);
    }

    @Test
    void theClockMayStandAnywhere() {
        Source source = source(Pace.REALTIME, 1, List.of());
        long near = Long.MAX_VALUE - SECOND / 20;

        assertThat(source.poll(near)).isNotNull();
        assertThat(source.poll(near + SECOND / 50)).isNull();
        assertThat(source.poll(near + SECOND / 10)).isNotNull();
    }

    private static float[] values(@org.jspecify.annotations.Nullable Frame frame) {
        assertThat(frame).isNotNull();
        return frame.values().clone();
    }

    private static Source source(Pace pace, long seed, List<SourceSettings.Phase> schedule) {
        return new SimulatedSource(new SourceSettings.Simulated(10, pace, seed, 256, schedule));
    }
}
