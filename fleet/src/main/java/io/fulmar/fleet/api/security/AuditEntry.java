package io.fulmar.fleet.api.security;

import org.jspecify.annotations.Nullable;

/**
 * One change that somebody asked for.
 *
 * @param number rises in the order of arrival
 * @param caller the id of the token
 * @param name of the token, at that time
 * @param what verb and route
 * @param target what it was about
 * @param detail in a few words; null where the route says it all
 * @param status that it was answered with; 0 while, or because, it was never answered
 *     <p>Immutable.
 */
public record AuditEntry(
        long number,
        long atMillis,
        String caller,
        String name,
        String role,
        String what,
        String target,
        @Nullable String detail,
        int status,
        String address) {
    /** In a word. */
    public String outcome() {
        if (status == 0) {
            return "unfinished";
        }
        return status < 400 ? "done" : status == 403 ? "refused" : "failed";
    }
}
