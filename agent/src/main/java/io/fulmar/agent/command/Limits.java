package io.fulmar.agent.command;

/** Limits of what commands may cost. Immutable. */
final class Limits {
    /** Characters of a sender's text that are shown to him again. */
    static final int SHOWN_CHARS = 64;

    private Limits() {}
}
