package io.fulmar.agent.run;

/** A part that runs on a thread of its own, in steps that never block, so that a test can step it with its own clock. */
public interface Worker {
    /** Does what is due and returns how much that was; 0 lets the thread sleep. */
    int work(long nowNanos);

    /** How long the thread may sleep when there was nothing to do, unless its {@link Doorbell} rings. */
    long idleNanos(long nowNanos);

    /** How nice its thread is to others, as of {@link io.fulmar.agent.os.Niceness}. */
    default int niceness() {
        return 0;
    }
}
