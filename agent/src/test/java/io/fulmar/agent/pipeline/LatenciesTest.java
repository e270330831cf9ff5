package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void ofNoRunNothingIsKnownAndOfOneAll() {
        Latencies none = new Latencies();
        assertThat(none.p95Micros()).isEqualTo(-1);
        none.add(5);
        assertThat(none.p95Micros()).isEqualTo(5);
    }

    @Test
    void whatNinetyFiveOfAHundredRunsTookIsToldWithinThreeOfAHundred() {
        Random random = new Random(1);
        for (int scale : new int[] {10, 1_000, 100_000, 50_000_000}) {
            long[] micros = LongStream.generate(() -> random.nextInt(1, scale))
                    .limit(1 + random.nextInt(3_000))
                    .toArray();
            Latencies latencies = new Latencies();
            LongStream.of(micros).forEach(latencies::add);
            long exact = LongStream.of(micros).sorted().toArray()[(micros.length * 95 + 99) / 100 - 1];

            assertThat(latencies.p95Micros()).isGreaterThanOrEqualTo(exact);
            assertThat((double) latencies.p95Micros()).isCloseTo((double) exact, Percentage.withPercentage(3.2));
            assertThat(latencies.count()).isEqualTo(micros.length);
        }
    }

    @Test
    void severalAreSummedAndWhatCannotBeIsTheLeastOrTheMost() {
        Latencies one = new Latencies();
        Latencies other = new Latencies();
        for (int i = 0; i < 90; i++) {
            one.add(3);
        }
        for (int i = 0; i < 10; i++) {
            other.add(70);
        }
        Latencies sum = Latencies.sum(List.of(one, other));
        assertThat(sum.count()).isEqualTo(100);
        assertThat((double) sum.p95Micros()).isCloseTo(70, within(2.0));

        one.add(-1);
        Latencies most = new Latencies();
        most.add(Long.MAX_VALUE);
        assertThat(one.p95Micros()).isEqualTo(3);
        assertThat(most.p95Micros()).isEqualTo((1L << 32) - 1);
    }
}
