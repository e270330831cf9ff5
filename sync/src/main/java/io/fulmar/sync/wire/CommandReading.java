package io.fulmar.sync.wire;

import org.jspecify.annotations.Nullable;

/** What came of reading a command. Immutable. */
public sealed interface CommandReading {
    /** A command as the protocol wants it. */
    record Whole(Command command) implements CommandReading {}

    /**
     * No such command.
     *
     * @param id its id where that much could be read, so that it can be answered
     * @param type its type where that much could be read
     */
    record Malformed(@Nullable String id, @Nullable String type, String reason) implements CommandReading {}
}
