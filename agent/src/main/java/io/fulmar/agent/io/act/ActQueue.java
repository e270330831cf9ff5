package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;

/** Actions of one actuator that wait for a thread of its own, so that nobody waits for them. Thread-safe. */
public interface ActQueue extends AutoCloseable {
    /** Takes an action, never waiting; false if there is no room for it. */
    boolean offer(Action action);

    /** Does what waits, for a bounded time; what is left then is not done. */
    @Override
    void close();
}
