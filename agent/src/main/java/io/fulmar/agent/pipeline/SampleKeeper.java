package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;

/** Takes inputs that are to be kept; never waits. Thread-safe. */
public interface SampleKeeper {
    /** Keeps nothing. */
    SampleKeeper NONE = new SampleKeeper() {
        @Override
        public boolean reserve(long bytes) {
            return false;
        }

        @Override
        public void release(long bytes) {}

        @Override
        public void keep(Taken taken) {}
    };

    /**
     * An input that is to be kept.
     *
     * @param content its own copy
     * @param shape of the model's input, where the content is that; none where it is what the source gave
     * @param bytes that were reserved
     *     <p>Immutable, as long as nobody writes into the arrays.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
    record Taken(SampleRule rule, Prediction prediction, Receipt receipt, Content content, int[] shape, long bytes) {}

    /** Room for that much in memory; false, and counted as refused, where too much waits. */
    boolean reserve(long bytes);

    /** Gives room back of what is not kept after all. */
    void release(long bytes);

    /** Takes what has room. */
    void keep(Taken taken);
}
