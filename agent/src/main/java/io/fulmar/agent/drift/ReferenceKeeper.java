package io.fulmar.agent.drift;

import io.fulmar.model.drift.Baseline;

/** Keeps the references that pipelines have made, so that a restart does not make drift the usual. Thread-safe. */
public interface ReferenceKeeper {
    /** Keeps nothing. */
    ReferenceKeeper NONE = new ReferenceKeeper() {
        @Override
        public Baseline find(String pipeline, String model) {
            return Baseline.NONE;
        }

        @Override
        public void keep(String pipeline, String model, Baseline reference) {}

        @Override
        public void forget(String pipeline) {}
    };

    /**
     * What was kept; {@link Baseline#NONE} where nothing was.
     *
     * @param model the digest of its file
     */
    Baseline find(String pipeline, String model);

    /** Keeps it in the place of what was kept for that pipeline; never waits for a disk. */
    void keep(String pipeline, String model, Baseline reference);

    /** Keeps nothing of that pipeline any more; never waits for a disk. */
    void forget(String pipeline);
}
