package io.fulmar.agent.command;

import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import org.jspecify.annotations.Nullable;

/** What is to be done about a command that came in. Immutable. */
sealed interface Judgement {
    /** It may be carried out. */
    record Accepted(Command command, boolean changing, String digest, CommandHandler.Effect effect)
            implements Judgement {}

    /** It was answered before. */
    record Repeated(CommandAnswer answer) implements Judgement {}

    /**
     * It is not carried out.
     *
     * @param id null where the message was not even readable so far
     * @param type null where the message was not even readable so far
     */
    record Refused(@Nullable String id, @Nullable String type, Refusal refusal, String details) implements Judgement {}
}
