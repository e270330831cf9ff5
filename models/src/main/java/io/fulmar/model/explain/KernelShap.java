package io.fulmar.model.explain;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Explains a score by shares of parts of the input (Shapley values): what each part adds to the score, on average over all orders in
 * which the parts could take the place of the baseline. The shares add up to the score less that of the baseline.
 *
 * <p>With few enough parts all combinations are tried and the shares are exact. With more they are estimated from a sample, as in
 * Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions" (2017), section 4.1, each combination with its complement.
 * Immutable.
 *
 * @param parts into how many stretches of the same length the input is divided; at most as many as it has numbers
 * @param baseline what stands for "not there"
 * @param samples how many combinations are tried when there are too many for all of them
 * @param seed of the sample
 */
public record KernelShap(int parts, float baseline, int samples, long seed) {
    /** Up to so many parts, all combinations are tried. */
    public static final int EXACT_PARTS = 11;

    public static final int MOST_PARTS = 128;

    public KernelShap {
        if (parts < 1 || parts > MOST_PARTS) {
            throw new IllegalArgumentException("there are 1 to " + MOST_PARTS + " parts, not " + parts);
        }
        if (parts > EXACT_PARTS && samples < 2 * parts) {
            throw new IllegalArgumentException(
                    parts + " parts need at least " + 2 * parts + " samples, not " + samples);
        }
    }

    /** How often the score is asked for. */
    public long runs() {
        return parts <= EXACT_PARTS ? 1L << parts : 2L + samples - samples % 2;
    }

    /** Where a part begins in an input of that length; the one behind the last begins at its end. */
    public int start(int part, int length) {
        return (int) ((long) part * length / parts);
    }

    /**
     * The share of each part.
     *
     * @param input as the model gets it; unchanged afterwards
     */
    public double[] explain(ScoreFunction score, float[] input) {
        if (input.length < parts) {
            throw new IllegalArgumentException(input.length + " numbers cannot be divided into " + parts + " parts");
        }
        return parts <= EXACT_PARTS ? exact(score, input) : estimated(score, input);
    }

    private double[] exact(ScoreFunction score, float[] input) {
        double[] scores = new double[1 << parts];
        boolean[] there = new boolean[parts];
        for (int set = 0; set < scores.length; set++) {
            for (int part = 0; part < parts; part++) {
                there[part] = (set >> part & 1) == 1;
            }
            scores[set] = score.of(with(input, there));
        }
        double[] weights = weights();
        double[] shares = new double[parts];
        for (int set = 0; set < scores.length; set++) {
            for (int part = 0; part < parts; part++) {
                if ((set >> part & 1) == 0) {
                    shares[part] += weights[Integer.bitCount(set)] * (scores[set | 1 << part] - scores[set]);
                }
            }
        }
        return shares;
    }

    /** In which share of all orders exactly a given set of that size comes before a given part. */
    private double[] weights() {
        double[] weights = new double[parts];
        weights[0] = 1.0 / parts;
        for (int size = 1; size < parts; size++) {
            weights[size] = weights[size - 1] * size / (parts - size);
        }
        return weights;
    }

    private double[] estimated(ScoreFunction score, float[] input) {
        boolean[] there = new boolean[parts];
        double nothing = score.of(with(input, there));
        double whole = score.of(input.clone());
        var system = new LeastSquares(parts - 1);
        var random = new SplittableRandom(seed);
        double[] sizes = sizes();
        double[] row = new double[parts - 1];
        for (int pair = 0; pair < samples / 2; pair++) {
            draw(there, size(sizes, random.nextDouble()), random);
            add(system, row, there, score.of(with(input, there)) - nothing, whole - nothing);
            for (int part = 0; part < parts; part++) {
                there[part] = !there[part];
            }
            add(system, row, there, score.of(with(input, there)) - nothing, whole - nothing);
        }
        double[] shares = new double[parts];
        double rest = whole - nothing;
        double[] solved = system.solve();
        for (int part = 0; part < parts - 1; part++) {
            shares[part] = solved[part];
            rest -= solved[part];
        }
        shares[parts - 1] = rest;
        return shares;
    }

    /** The last share follows from the others, since all add up to {@code total}. */
    private void add(LeastSquares system, double[] row, boolean[] there, double gain, double total) {
        double last = there[parts - 1] ? 1 : 0;
        for (int part = 0; part < row.length; part++) {
            row[part] = (there[part] ? 1 : 0) - last;
        }
        system.add(row, gain - last * total);
    }

    /** How likely it is that a combination has at most so many parts, from 1 to {@code parts - 1}. */
    private double[] sizes() {
        double[] sums = new double[parts];
        for (int size = 1; size < parts; size++) {
            sums[size] = sums[size - 1] + 1.0 / size / (parts - size);
        }
        for (int size = 1; size < parts; size++) {
            sums[size] /= sums[parts - 1];
        }
        return sums;
    }

    private int size(double[] sizes, double drawn) {
        int size = 1;
        while (size < parts - 1 && sizes[size] < drawn) {
            size++;
        }
        return size;
    }

    private void draw(boolean[] there, int size, SplittableRandom random) {
        int left = size;
        for (int part = 0; part < parts; part++) {
            there[part] = random.nextInt(parts - part) < left;
            left -= there[part] ? 1 : 0;
        }
    }

    private float[] with(float[] input, boolean[] there) {
        float[] changed = input.clone();
        for (int part = 0; part < parts; part++) {
            if (!there[part]) {
                Arrays.fill(changed, start(part, input.length), start(part + 1, input.length), baseline);
            }
        }
        return changed;
    }
}
