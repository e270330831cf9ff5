package io.fulmar.model.delta;

/**
 * How far two blobs are alike from a place on: as long as more than half of the bytes agree, a difference costs less than
 * new bytes. Thread-safe.
 */
final class Runs {
    /** How many bytes of disagreement in a row, net, end the search for more agreement. */
    private static final int PATIENCE = 256;

    private Runs() {}

    /** The length of the best run that begins at both places. */
    static int forward(byte[] old, long oldAt, byte[] now, int at) {
        if (oldAt < 0 || oldAt > old.length) {
            return 0;
        }
        int most = (int) Math.min(old.length - oldAt, now.length - at);
        int from = (int) oldAt;
        int best = 0;
        int bestScore = 0;
        int score = 0;
        for (int i = 0; i < most && score > bestScore - PATIENCE; i++) {
            score += old[from + i] == now[at + i] ? 1 : -1;
            if (score > bestScore) {
                bestScore = score;
                best = i + 1;
            }
        }
        return best;
    }

    /** The length of the best run, of at most {@code limit} bytes, that ends before both places. */
    static int backward(byte[] old, long oldAt, byte[] now, int at, int limit) {
        int most = (int) Math.min(oldAt, limit);
        int best = 0;
        int bestScore = 0;
        int score = 0;
        for (int i = 1; i <= most && score > bestScore - PATIENCE; i++) {
            score += old[(int) oldAt - i] == now[at - i] ? 1 : -1;
            if (score > bestScore) {
                bestScore = score;
                best = i;
            }
        }
        return best;
    }
}
