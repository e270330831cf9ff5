package io.fulmar.agent.io.bus;

import org.jspecify.annotations.Nullable;

/** A pin that reads a level. Owned by one thread, except {@link #level}, which is thread-safe. */
public interface DigitalInput extends AutoCloseable {
    /** The level of now, once it has stayed for the debounce time. */
    Level level();

    /** The next change that nobody has taken yet; null if there is none. */
    @Nullable
    Edge edge();

    /** Changes that were lost because nobody took them in time. */
    long lost();

    /** Lets go of the pin. */
    @Override
    void close();
}
