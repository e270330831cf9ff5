package io.fulmar.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Stream;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FairTurnsTest {
    private final FairTurns turns = new FairTurns();

    private Stream turn(Stream... ready) {
        Stream stream = Objects.requireNonNull(turns.next(java.util.Set.of(ready)::contains));
        turns.took(stream);
        return stream;
    }

    @Test
    void busyStreamsShareByUrgencyAndNoneStarves() {
        Map<Stream, Integer> count = new EnumMap<>(Stream.class);
        for (int i = 0; i < 700; i++) {
            count.merge(turn(Stream.ALARM, Stream.EVENT, Stream.DATA), 1, Integer::sum);
        }

        assertThat(count.get(Stream.ALARM)).isBetween(395, 405);
        assertThat(count.get(Stream.EVENT)).isBetween(195, 205);
        assertThat(count.get(Stream.DATA)).isBetween(95, 105);
    }

    @Test
    void anAlarmIsNextAfterALongBacklogOfData() {
        for (int i = 0; i < 1000; i++) {
            turn(Stream.DATA);
        }

        assertThat(turn(Stream.ALARM, Stream.DATA)).isEqualTo(Stream.ALARM);
    }

    @Test
    void aStreamThatWasSilentHasSavedNothingUp() {
        for (int i = 0; i < 1000; i++) {
            turn(Stream.ALARM);
        }
        int data = 0;
        for (int i = 0; i < 50; i++) {
            data += turn(Stream.ALARM, Stream.DATA) == Stream.DATA ? 1 : 0;
        }

        assertThat(data).isBetween(9, 12);
    }

    @Test
    void nobodyIsNextWhenNobodyIsReady() {
        assertThat(turns.next(stream -> false)).isNull();
    }
}
