package io.fulmar.cli.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SimPlanTest {
    @Test
    void aBacklogIsSharedOutToTheLastRowAmongThoseThatDoNotRecord() {
        SimPlan plan = plan(10, 7, 1_000);
        assertThat(IntStream.rangeClosed(1, 10).mapToLong(plan::backlogOf))
                .containsExactly(0L, 0L, 0L, 0L, 0L, 0L, 0L, 334L, 333L, 333L);
    }

    @Test
    void whereAllRecordAllHaveABacklog() {
        SimPlan plan = plan(3, 3, 10);
        assertThat(IntStream.rangeClosed(1, 3).mapToLong(plan::backlogOf)).containsExactly(4L, 3L, 3L);
    }

    @Test
    void latenciesAreKnownToTwoInAHundred() {
        var latencies = new Latencies();
        assertThat(latencies.percentile(0.99)).isZero();
        for (int i = 1; i <= 1_000; i++) {
            latencies.add(i);
        }
        assertThat(latencies.percentile(0.5)).isBetween(490L, 512L);
        assertThat(latencies.percentile(0.99)).isBetween(980L, 1_000L);
        assertThat(latencies.longest()).isEqualTo(1_000);
    }

    private static SimPlan plan(int devices, int active, long backlog) {
        Duration second = Duration.ofSeconds(1);
        return new SimPlan(devices, active, 1, second, backlog, second, second, second, second, "sim-", 1, Faults.NONE);
    }
}
