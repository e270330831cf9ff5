package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.Actuator;
import io.fulmar.agent.io.Guard;

/** Lets an action wait for its turn, if its guard lets it. Owned by the pipeline's thread. */
final class QueuedActuator implements Actuator {
    private final String name;
    private final Guard guard;
    private final ActQueue queue;

    QueuedActuator(String name, Guard guard, ActQueue queue) {
        this.name = name;
        this.guard = guard;
        this.queue = queue;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean perform(Action action) {
        return guard.act(() -> queue.offer(action) ? null : "too many wait for it already", action);
    }

    @Override
    public void close() {
        queue.close();
    }
}
