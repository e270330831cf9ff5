package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;

/** Does something about a decision that may take its time. Owned by the thread that does it. */
public interface Deed extends AutoCloseable {
    /**
     * Does it and says how it went, in bounded time.
     *
     * @throws ActuatorException if it could not
     * @throws InterruptedException if it was to be left off
     */
    String perform(Action action) throws InterruptedException;

    @Override
    default void close() {}
}
