package io.fulmar.agent.command;

/** Knows what to do about one type of command. Owned by the command thread. */
@FunctionalInterface
public interface CommandHandler {
    /**
     * Reads the arguments and says what would be done; changes nothing. An argument that is not asked for here is one
     * that the command does not have, and refuses it.
     *
     * @throws ArgumentException if an argument is missing, wrong, or does not fit this device
     */
    Effect prepare(Arguments args);

    /** Goes on with what a command began, and gives up what is not needed any more; returns how much was done. */
    default int work(long nowNanos) {
        return 0;
    }

    /** Gives up everything. */
    default void close() {}

    /** What the command does, once it is certain that it may. Owned by the command thread. */
    @FunctionalInterface
    interface Effect {
        /** Does it, in bounded time. */
        CommandOutcome carryOut();
    }
}
