package io.fulmar.agent.health;

/** Limits of what health keeps. Immutable. */
final class Limits {
    /** Distinct faults kept; further ones are only counted. */
    static final int MAX_FAULTS = 64;

    /** Characters kept of a fault's message. */
    static final int MAX_MESSAGE = 300;

    private Limits() {}
}
