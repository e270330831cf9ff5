package io.fulmar.sync.wire;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What became of a command, as a row, so that the answer survives what the connection and the device go through.
 *
 * @param command the command's id
 * @param reason why it is not done; null when it is
 * @param result one JSON object; null where there is nothing to tell, and where it is too large for a row
 * @param resultBytes how long the result is, also when it was left out
 *     <p>Immutable.
 */
public record CommandResult(
        Stamp at,
        String command,
        String type,
        CommandAnswer.Outcome outcome,
        @Nullable String reason,
        @Nullable String result,
        int resultBytes)
        implements DeviceRecord {

    /** The row of an answer whose command had an id; a result over {@link Limits#ROW_RESULT_BYTES} is left out. */
    public static CommandResult of(Stamp at, CommandAnswer answer) {
        if (answer.id() == null || answer.type() == null) {
            throw new IllegalArgumentException("an answer to nothing that has an id is not recorded");
        }
        String result = answer.result();
        int bytes = result == null ? 0 : result.getBytes(StandardCharsets.UTF_8).length;
        return new CommandResult(
                at,
                answer.id(),
                answer.type(),
                answer.outcome(),
                answer.reason(),
                bytes > Limits.ROW_RESULT_BYTES ? null : result,
                bytes);
    }

    /** Whether the result was too large for a row. */
    public boolean leftOut() {
        return result == null && resultBytes > 0;
    }
}
