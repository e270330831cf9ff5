package io.fulmar.agent.pipeline;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Changes the label only once {@code k} of the last {@code n} frames agree on another one, so that one odd frame is no
 * event; before the first agreement there is no label. Owned by the pipeline's thread.
 */
final class Debounce implements Postprocess.Step {
    private static final int UNDECIDED = -1;

    private final int k;
    private final int[] recent;
    private final int[] votes;
    private final @Nullable String[] labels;
    private int oldest;
    private int decided = UNDECIDED;

    Debounce(int k, int n, int classes) {
        this.k = k;
        this.recent = new int[n];
        this.votes = new int[classes + 1];
        this.labels = new @Nullable String[classes + 1];
        Arrays.fill(recent, UNDECIDED);
    }

    @Override
    public void apply(Outcome outcome) {
        int candidate = outcome.index() + 1;
        labels[candidate] = outcome.label();
        if (recent[oldest] != UNDECIDED) {
            votes[recent[oldest]]--;
        }
        recent[oldest] = candidate;
        oldest = oldest + 1 == recent.length ? 0 : oldest + 1;
        votes[candidate]++;
        if (votes[candidate] >= k) {
            decided = candidate;
        }
        if (decided == UNDECIDED) {
            outcome.label(Outcome.NO_CLASS, null);
        } else if (decided != candidate) {
            outcome.label(decided - 1, labels[decided]);
            outcome.score(decided == 0 ? outcome.score() : outcome.scores()[decided - 1]);
        }
    }
}
