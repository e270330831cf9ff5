package io.fulmar.config;

/** What the agent says about itself. Immutable. */
public record Log(Level level) {

    /** The least urgent line that is still written. */
    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }
}
