package io.fulmar.training.evaluate;

/** How often an example of one label was taken for each label. Owned by the evaluation that fills it. */
public final class Confusion {
    private final int[][] counts;
    private int total;
    private int right;

    public Confusion(int labels) {
        counts = new int[labels][labels];
    }

    public void add(int truth, int answer) {
        counts[truth][answer]++;
        total++;
        if (truth == answer) {
            right++;
        }
    }

    public int total() {
        return total;
    }

    /** The share of right answers. */
    public double accuracy() {
        return total == 0 ? 0 : (double) right / total;
    }

    /** The share of this label's examples that were found. */
    public double recall(int label) {
        int all = 0;
        for (int count : counts[label]) {
            all += count;
        }
        return all == 0 ? 0 : (double) counts[label][label] / all;
    }

    public int count(int truth, int answer) {
        return counts[truth][answer];
    }
}
