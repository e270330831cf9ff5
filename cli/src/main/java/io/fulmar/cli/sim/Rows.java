package io.fulmar.cli.sim;

import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Score;
import io.fulmar.sync.wire.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The predictions of one simulated device: the n-th one is always the same, also what it says of the time, so that nothing of
 * it has to be kept. Owned by the simulation's thread.
 */
final class Rows {
    private static final List<String> LABELS = List.of("normal", "imbalance", "misalignment", "looseness");
    private static final int USUAL_OF_100 = 90;
    private static final long BACKLOG_SPACING_MILLIS = 1_000;

    private final long seed;
    private final String version;
    private final long backlog;
    private final double intervalMillis;
    private final double phase;
    private final List<Era> eras = new ArrayList<>();
    private final long madeMillis;
    private long startMillis;

    /** From which row on the device runs as which process with which model. */
    private record Era(long from, int boot, ModelRef model) {}

    /**
     * @param backlog rows that were recorded before the start
     * @param rate rows a second after it; 0 for none
     * @param phase where in its interval the first of them lies, 0 to 1
     * @param nowMillis the backlog ends there
     */
    Rows(long seed, String version, ModelRef model, long backlog, double rate, double phase, long nowMillis) {
        this.seed = seed;
        this.version = version;
        this.backlog = backlog;
        this.intervalMillis = rate == 0 ? 0 : 1_000 / rate;
        this.phase = phase;
        this.madeMillis = nowMillis;
        this.startMillis = nowMillis;
        eras.add(new Era(1, 1, model));
    }

    /** The start lies there; said before the first row after the backlog is made. */
    void startAt(long millis) {
        startMillis = millis;
    }

    /** How many rows there are so long after the start. */
    long until(long nanos) {
        if (intervalMillis == 0 || nanos < 0) {
            return backlog;
        }
        return backlog + (long) Math.floor(nanos / 1e6 / intervalMillis + 1 - phase);
    }

    /** Whether it was recorded before the start. */
    boolean isBacklog(long number) {
        return number <= backlog;
    }

    /** How long after the start a row that is none of the backlog was recorded. */
    double afterStartMillis(long number) {
        return (number - backlog - 1 + phase) * intervalMillis;
    }

    private long atMillis(long number) {
        return isBacklog(number)
                ? madeMillis - (backlog - number + 1) * BACKLOG_SPACING_MILLIS
                : startMillis + Math.round(afterStartMillis(number));
    }

    /** From that row on another process runs, or another model. */
    void changed(long from, int boot, ModelRef model) {
        if (eras.getLast().from() == from) {
            eras.removeLast();
        }
        eras.add(new Era(from, boot, model));
    }

    /** Rows up to there are asked for no more. */
    void forget(long upTo) {
        while (eras.size() > 1 && eras.get(1).from() <= upTo + 1) {
            eras.removeFirst();
        }
    }

    /** The bytes of that row. */
    byte[] row(long number) {
        Era era = eraOf(number);
        long drawn = mixed(seed ^ mixed(number));
        int of100 = (int) Long.remainderUnsigned(drawn, 100);
        int label = of100 < USUAL_OF_100 ? 0 : 1 + of100 % (LABELS.size() - 1);
        float score = 0.7f + 0.29f * ((drawn >>> 40) / (float) (1 << 24));
        String name = LABELS.get(label);
        return Records.encode(new Prediction(
                new Stamp(atMillis(number), number, era.boot()),
                "simulated",
                "sensor",
                number,
                era.model(),
                drawn,
                name,
                label,
                score,
                List.of(
                        new Score(name, label, score),
                        new Score(LABELS.get((label + 1) % LABELS.size()), (label + 1) % LABELS.size(), 1 - score)),
                List.of(),
                60 + (drawn & 15),
                List.of(),
                false,
                version));
    }

    private Era eraOf(long number) {
        Era found = eras.getFirst();
        for (int i = eras.size() - 1; i >= 0; i--) {
            if (eras.get(i).from() <= number) {
                found = eras.get(i);
                break;
            }
        }
        return Objects.requireNonNull(found);
    }

    /** Of SplitMix64. */
    private static long mixed(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
