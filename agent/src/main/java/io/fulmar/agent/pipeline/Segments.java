package io.fulmar.agent.pipeline;

/** Makes of the classes of all pixels the share that each class has. Owned by the pipeline's thread. */
final class Segments implements Postprocess.Step {
    private final int classes;
    private final int pixels;
    private final float[] shares;

    Segments(int classes, int outputSize) {
        this.classes = classes;
        this.pixels = outputSize / classes;
        this.shares = new float[classes];
    }

    @Override
    public void apply(Outcome outcome) {
        float[] scores = outcome.scores();
        int[] counts = new int[classes];
        for (int pixel = 0; pixel < pixels; pixel++) {
            int from = pixel * classes;
            int best = 0;
            for (int i = 1; i < classes; i++) {
                if (scores[from + i] > scores[from + best]) {
                    best = i;
                }
            }
            counts[best]++;
        }
        for (int i = 0; i < classes; i++) {
            shares[i] = (float) counts[i] / pixels;
        }
        outcome.scores(shares);
    }
}
