package io.fulmar.agent.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.drift.DriftMonitor.Change;
import io.fulmar.config.DriftSettings;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.Histogram;
import io.fulmar.sync.wire.ModelStatistics.Distribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DriftMonitorTest {
    private static final int WINDOW = 500;
    private static final int LEARN = 1_000;
    private static final DriftSettings SETTINGS =
            new DriftSettings(true, DriftSettings.Reference.AUTO, WINDOW, LEARN, 0.25, 0.2, Duration.ofHours(1));
    private static final long SECOND = 1_000_000_000L;

    /** A machine as its model sees it: two numbers, a class and how sure it is. */
    private static final class Machine {
        private final SplittableRandom random;
        private double mean;
        private double noise = 1;
        private boolean stuck;
        private double broken = 0.1;
        private double sure = 0.9;
        private final float[] input = new float[2];

        Machine(long seed) {
            random = new SplittableRandom(seed);
        }

        Change next(DriftMonitor monitor, long now) {
            if (!stuck) {
                input[0] = (float) (mean + noise * random.nextGaussian());
            }
            input[1] = (float) random.nextGaussian();
            String label = random.nextDouble() < broken ? "broken" : "calm";
            float score = (float) Math.clamp(sure + 0.05 * random.nextGaussian(), 0, 1);
            return monitor.saw(now, input, label, score, new float[0]);
        }

        /** Predictions until that happens; -1 if it does not among so many. */
        int until(DriftMonitor monitor, Change change, int most) {
            for (int i = 1; i <= most; i++) {
                if (next(monitor, 0) == change) {
                    return i;
                }
            }
            return -1;
        }
    }

    private static DriftMonitor monitor(DriftSettings settings) {
        return new DriftMonitor(settings, 2, 0, Baseline.NONE, Baseline.NONE, 0);
    }

    @Test
    void tenCleanRunsOfAHundredWindowsRaiseNothing() {
        for (int seed = 1; seed <= 10; seed++) {
            DriftMonitor monitor = monitor(SETTINGS);
            Machine machine = new Machine(seed);

            assertThat(machine.until(monitor, Change.BEGAN, LEARN + 100 * WINDOW))
                    .as("seed %d", seed)
                    .isEqualTo(-1);
            assertThat(monitor.view().doing()).isEqualTo(DriftView.Doing.WATCHING);
        }
    }

    @Test
    void everyKindOfDriftIsSeenWithinTwoWindows() {
        Map<String, java.util.function.Consumer<Machine>> kinds = Map.of(
                "input 0", machine -> machine.mean = 1,
                "input 0 stuck", machine -> machine.stuck = true,
                "input 0 noise", machine -> machine.noise = 3,
                "labels", machine -> machine.broken = 0.5,
                "confidence", machine -> machine.sure = 0.8);
        for (int seed = 1; seed <= 10; seed++) {
            for (var kind : kinds.entrySet()) {
                DriftMonitor monitor = monitor(SETTINGS);
                Machine machine = new Machine(seed);
                machine.until(monitor, Change.BEGAN, LEARN + WINDOW + seed * 47); // somewhere in a window

                kind.getValue().accept(machine);

                String what = kind.getKey() + ", seed " + seed;
                assertThat(machine.until(monitor, Change.BEGAN, 2 * WINDOW))
                        .as(what)
                        .isBetween(1, 2 * WINDOW);
                assertThat(monitor.view().reason())
                        .as(what)
                        .contains(kind.getKey().replaceAll(" (stuck|noise)", "") + " PSI");
                assertThat(monitor.view().doing()).isEqualTo(DriftView.Doing.DRIFTING);
            }
        }
    }

    /** PSI · n·m ÷ (n + m) is about χ² with one degree of freedom fewer than intervals: docs/drift.md. */
    @Test
    void falseAlarmsAreAsFrequentAsDerived() {
        int windows = 0;
        int psi = 0;
        int ks = 0;
        for (int seed = 1; seed <= 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] first = new float[LEARN];
            for (int i = 0; i < LEARN; i++) {
                first[i] = (float) random.nextGaussian();
            }
            Histogram reference = NumberTrack.of("x", first);
            for (int window = 0; window < 20; window++) {
                NumberTrack track = new NumberTrack("x", reference, LEARN, true);
                for (int i = 0; i < WINDOW; i++) {
                    track.add((float) random.nextGaussian());
                }
                track.judge();
                windows++;
                psi += track.psi() >= 0.0488
                        ? 1
                        : 0; // χ² with 9 degrees of freedom is over 14.68 in 10 of 100: 14.68 · 3/1000
                ks += track.ks() >= 0.067 ? 1 : 0; // 1.224 · √(3/1000): 10 of 100
            }
        }
        assertThat((double) psi / windows).as("of 4,000 windows").isBetween(0.06, 0.2);
        assertThat((double) ks / windows)
                .as("fewer, for only the ends of intervals are seen")
                .isBetween(0.02, 0.1);
    }

    @Test
    void fewPredictionsAreNoDriftByChance() {
        DriftSettings few =
                new DriftSettings(true, DriftSettings.Reference.AUTO, 100, 100, 0.1, 0.1, Duration.ofHours(1));
        for (int seed = 1; seed <= 10; seed++) {
            DriftMonitor monitor = monitor(few);
            Machine machine = new Machine(seed);

            assertThat(machine.until(monitor, Change.BEGAN, 100 + 20 * 100))
                    .as("seed %d: %s", seed, monitor.view().reason())
                    .isEqualTo(-1);
            machine.mean = 2;
            assertThat(machine.until(monitor, Change.BEGAN, 200))
                    .as("seed %d", seed)
                    .isPositive();
        }
    }

    @Test
    void driftEndsWhenItIsOverButNotAtOnce() {
        DriftMonitor monitor = monitor(SETTINGS);
        Machine machine = new Machine(3);
        machine.until(monitor, Change.LEARNED, LEARN);
        machine.mean = 2;
        machine.until(monitor, Change.BEGAN, WINDOW);

        machine.mean = 0;
        for (int i = 0; i < 3 * WINDOW; i++) {
            assertThat(machine.next(monitor, 59 * SECOND)).isNotIn(Change.ENDED, Change.BEGAN);
        }
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < WINDOW; i++) {
            changes.add(machine.next(monitor, 60 * SECOND));
        }
        assertThat(changes).containsOnlyOnce(Change.ENDED).doesNotContain(Change.BEGAN);
        assertThat(monitor.view().doing()).isEqualTo(DriftView.Doing.WATCHING);
        assertThat(monitor.view().reason()).isEmpty();
    }

    @Test
    void aReportHasAllThatWasCountedAndTheLargestDistances() {
        DriftMonitor monitor = monitor(SETTINGS);
        Machine machine = new Machine(4);
        machine.until(monitor, Change.LEARNED, LEARN);
        assertThat(machine.until(monitor, Change.REPORT, 3 * WINDOW)).isEqualTo(-1);

        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < WINDOW; i++) {
            changes.add(machine.next(monitor, 3_600 * SECOND));
        }

        assertThat(changes.getLast()).isEqualTo(Change.REPORT);
        assertThat(monitor.reported()).isEqualTo(4 * WINDOW);
        List<Distribution> report = monitor.report(3_600 * SECOND);
        assertThat(report).extracting(Distribution::name).containsExactly("labels", "input 0", "input 1", "confidence");
        assertThat(report).allSatisfy(each -> {
            assertThat(each.counts().stream().mapToLong(Long::longValue).sum()).isEqualTo(4 * WINDOW);
            assertThat(each.reference().stream().mapToDouble(Float::doubleValue).sum())
                    .isEqualTo(1, within(1e-5));
            assertThat(each.learned()).isTrue();
            assertThat(each.psi()).isPositive().isLessThan(0.25f);
        });
        assertThat(report.getFirst().labels()).containsExactly("calm", "broken", "(others)");
        assertThat(monitor.reported()).isZero();
        assertThat(monitor.report(0).getFirst().counts()).containsOnly(0L);
    }

    @Test
    void whatTheModelBringsIsNotLearned() {
        Baseline given = new Baseline(
                Map.of("calm", 0.9, "broken", 0.1),
                List.of(new Histogram("input 0", List.of(-1f, 0f, 1f), List.of(0.16, 0.34, 0.34, 0.16))));
        DriftMonitor monitor = new DriftMonitor(SETTINGS, 2, 0, given, Baseline.NONE, 0);
        Machine machine = new Machine(5);

        machine.mean = 2;
        assertThat(machine.until(monitor, Change.BEGAN, LEARN)).isEqualTo(WINDOW);
        assertThat(monitor.view().doing()).isEqualTo(DriftView.Doing.DRIFTING);
        machine.until(monitor, Change.LEARNED, LEARN);

        assertThat(monitor.report(0))
                .extracting(Distribution::name, Distribution::learned)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("labels", false),
                        org.assertj.core.groups.Tuple.tuple("input 0", false),
                        org.assertj.core.groups.Tuple.tuple("input 1", true),
                        org.assertj.core.groups.Tuple.tuple("confidence", true));
    }

    @Test
    void whatWasLearnedBeforeCountsAgain() {
        DriftMonitor first = monitor(SETTINGS);
        new Machine(6).until(first, Change.LEARNED, LEARN);
        Baseline kept = Baseline.parse(first.reference().toJson());

        DriftMonitor second = new DriftMonitor(SETTINGS, 2, 0, Baseline.NONE, kept, 0);
        Machine machine = new Machine(7);
        machine.mean = 1;

        assertThat(second.view().learns()).isZero();
        assertThat(machine.until(second, Change.BEGAN, WINDOW)).isEqualTo(WINDOW);
        assertThat(second.reference().labels()).isEqualTo(first.reference().labels());
    }

    @Test
    void aLongInputIsCountedByItsMeanAndItsDeviation() {
        DriftMonitor monitor = new DriftMonitor(SETTINGS, 256, 3, Baseline.NONE, Baseline.NONE, 0);
        SplittableRandom random = new SplittableRandom(8);
        float[] input = new float[256];
        Change change = Change.COUNTED;
        for (int i = 0; i < LEARN + 2 * WINDOW && change != Change.BEGAN; i++) {
            for (int k = 0; k < input.length; k++) {
                input[k] = 1e6f + (float) ((i < LEARN ? 1 : 2) * random.nextGaussian());
            }
            float[] output = {(float) random.nextDouble(), 1, 0};
            change = monitor.saw(0, input, "", 0, output);
        }
        assertThat(change).isEqualTo(Change.BEGAN);
        assertThat(monitor.view().reason()).contains("input deviation PSI").doesNotContain("output");
        assertThat(monitor.view().measured())
                .extracting(DriftView.Measured::name)
                .containsExactly("input mean", "input deviation", "output 0", "output 1", "output 2");
    }

    @Test
    void labelsBeyondTheMostFrequentOnesAreCountedTogether() {
        LabelTrack track = new LabelTrack(Map.of(), true);
        for (int i = 0; i < 5_000; i++) {
            track.add("label " + i % 50);
        }
        track.learn();
        assertThat(track.labels()).hasSize(17).endsWith("(others)");
        assertThat(track.shares().get("(others)")).isEqualTo(34 / 50.0, within(1e-9));

        track.add("never seen");
        track.judge();
        assertThat(track.psi()).isGreaterThan(0.1);
    }
}
