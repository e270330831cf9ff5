package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import org.jspecify.annotations.Nullable;

/** Keeps the last {@code size} values in a ring and hands them on every {@code hop} values. Owned by the pipeline's thread. */
final class Window implements Preprocess.Step {
    private final float[] ring;
    private final float[] window;
    private final Content whole;
    private final int hop;
    private int next;
    private int missing;

    Window(int size, int hop) {
        this.ring = new float[size];
        this.window = new float[size];
        this.whole = new Content.Values(window);
        this.hop = hop;
        this.missing = size;
    }

    @Override
    public @Nullable Content apply(Content content) {
        float[] values = ((Content.Values) content).values();
        boolean complete = false;
        for (float value : values) {
            ring[next] = value;
            next = next + 1 == ring.length ? 0 : next + 1;
            missing--;
            if (missing == 0) {
                unroll();
                missing = hop;
                complete = true;
            }
        }
        return complete ? whole : null;
    }

    @Override
    public void anew() {
        next = 0;
        missing = ring.length;
    }

    /** Oldest value first. */
    private void unroll() {
        System.arraycopy(ring, next, window, 0, ring.length - next);
        System.arraycopy(ring, 0, window, ring.length - next, next);
    }
}
