package io.fulmar.agent.drift;

import io.fulmar.model.drift.Distance;
import io.fulmar.sync.wire.ModelStatistics.Distribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Counts in intervals of one kind, beside their reference. Owned by the pipeline's thread. */
abstract class Track {
    private final String name;
    private final boolean learned;
    private double[] was = {};
    private long[] window = {};
    private long[] sinceReport = {};
    private double psi;
    private double ks;
    private double worstPsi;
    private double worstKs;

    Track(String name, boolean learned) {
        this.name = name;
        this.learned = learned;
    }

    final String name() {
        return name;
    }

    /** Whether its reference is made here. */
    final boolean learned() {
        return learned;
    }

    /** Whether it has no reference yet. */
    final boolean learns() {
        return was.length == 0;
    }

    final void reference(double[] shares) {
        was = shares;
        window = new long[shares.length];
        sinceReport = new long[shares.length];
    }

    /** Makes the reference of what it was given so far. */
    abstract void learn();

    /** Whether its intervals are in an order, so that sums up to one mean something. */
    abstract boolean ordered();

    final void count(int interval) {
        window[interval]++;
    }

    /** Nothing of the window of now counts. */
    final void restart() {
        Arrays.fill(window, 0);
    }

    /** Measures the window and begins another one. */
    final void judge() {
        double[] is = Distance.shares(window);
        psi = Distance.psi(was, is, 0.5 / Math.max(1, Arrays.stream(window).sum()));
        ks = ordered() ? Distance.ks(was, is) : 0;
        worstPsi = Math.max(worstPsi, psi);
        worstKs = Math.max(worstKs, ks);
        for (int i = 0; i < window.length; i++) {
            sinceReport[i] += window[i];
        }
        restart();
    }

    /** Of the last window. */
    final double psi() {
        return psi;
    }

    /** Of the last window; 0 where it means nothing. */
    final double ks() {
        return ks;
    }

    /**
     * Whether the last window was further away than that, and than few predictions are by chance.
     *
     * @param learn predictions that a reference of the device is made of
     */
    final boolean over(double mostPsi, double mostKs, int predictions, int learn) {
        double few = 1.0 / predictions + (learned ? 1.0 / learn : 0);
        int freedom = was.length - 1;
        double chance = (freedom + Limits.CHANCE * Math.sqrt(2.0 * freedom)) * few;
        return psi >= Math.max(mostPsi, chance) || ks >= Math.max(mostKs, Limits.CHANCE_KS * Math.sqrt(few));
    }

    /** What was counted since the last report, with the largest distances of a window, and begins another report. */
    final Distribution report() {
        List<Float> shares = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < was.length; i++) {
            shares.add((float) was[i]);
            counts.add(sinceReport[i]);
        }
        Distribution report =
                new Distribution(name, learned, labels(), edges(), shares, counts, (float) worstPsi, (float) worstKs);
        Arrays.fill(sinceReport, 0);
        worstPsi = 0;
        worstKs = 0;
        return report;
    }

    abstract List<String> labels();

    abstract List<Float> edges();

    final double[] was() {
        return was;
    }
}
