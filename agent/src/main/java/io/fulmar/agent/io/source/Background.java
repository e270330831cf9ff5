package io.fulmar.agent.io.source;

/** Does what may block on a thread of its own. Thread-safe. */
@FunctionalInterface
public interface Background {
    /** Begins the work, which comes to its end by itself when its source is closed. */
    void begin(String name, Runnable work);
}
