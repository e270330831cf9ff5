package io.fulmar.agent.io.act;

import java.util.List;

/** What acts may take and say at most. Immutable. */
final class Limits {
    /** Where programs are that an act runs by a bare name. */
    static final List<String> EXEC_PATH = List.of("/usr/local/bin", "/usr/bin", "/bin");

    /** How often a program that runs is looked at, and its output taken. */
    static final long EXEC_LOOK_NANOS = 10_000_000L;

    /** How much of what it said last is kept. */
    static final int EXEC_SAID_BYTES = 300;

    private Limits() {}
}
