package io.fulmar.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a configuration: where, in which key, what was expected, and the nearest valid name if
 * one is near. Lines and columns count from 1; in the file {@code --set} the line is the number of the override. Immutable.
 */
public record Problem(
        String file,
        int line,
        int column,
        String key,
        String message,
        @Nullable String suggestion) {

    /** {@code file:line:column: key: message (did you mean …?)}, as compilers say it. */
    public String text() {
        String where = file + ":" + line + ":" + column + ": " + (key.isEmpty() ? "" : key + ": ") + message;
        return suggestion == null ? where : where + " (did you mean " + suggestion + "?)";
    }
}
