package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;

/** What actuators need of the agent around them. Thread-safe. */
public interface Acting {
    /** A queue in front of that deed, which is the queue's from now on. */
    ActQueue queue(String actuator, Deed deed);

    /**
     * Publishes with QoS 1 and waits, for a bounded time, for the broker to take it.
     *
     * @throws ActuatorException if it did not
     */
    void publish(String topic, byte[] payload, boolean retain) throws InterruptedException;

    /** The action as JSON, as those outside are told of it. */
    String text(Action action);

    /** Nobody is outside: nothing can be done that takes its time. */
    static Acting none() {
        return new Acting() {
            @Override
            public ActQueue queue(String actuator, Deed deed) {
                throw new IllegalStateException(actuator + " needs an agent around it");
            }

            @Override
            public void publish(String topic, byte[] payload, boolean retain) {
                throw new IllegalStateException("there is no link");
            }

            @Override
            public String text(Action action) {
                return action.text();
            }
        };
    }
}
