package io.fulmar.agent.command;

import io.fulmar.sync.wire.JsonText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of carrying out a command. Immutable. */
public sealed interface CommandOutcome {
    /**
     * It is done.
     *
     * @param result one JSON object, or null where there is nothing to tell
     * @param afterwards what follows once the answer is safe and on its way, for what ends this process
     */
    record Done(@Nullable String result, Runnable afterwards) implements CommandOutcome {}

    /** It was tried and did not work; the reason says whether anything changed. */
    record Failed(String reason) implements CommandOutcome {}

    /** It was not tried: nothing changed. */
    record Refused(String reason) implements CommandOutcome {}

    /** It was begun, and nobody knows whether it will end. */
    record Unknown(String reason) implements CommandOutcome {}

    /** It is done, and this is to tell. */
    static CommandOutcome done(Map<String, ? extends @Nullable Object> result) {
        return done(JsonText.of(result));
    }

    /** It is done, and this JSON object is to tell. */
    static CommandOutcome done(String result) {
        return new Done(result, () -> {});
    }
}
