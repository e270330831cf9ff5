package io.fulmar.agent.run;

import org.jspecify.annotations.Nullable;

/**
 * How the link is, for other threads than the one that drives it. Immutable.
 *
 * @param number which link this is: 1 for the first, one more for each that took the place of another
 * @param connections how often this link has come up
 * @param welcomed whether the fleet has answered a hello over this link
 * @param trouble why this link was lost, or did not come up, last; null if it never was
 */
public record LinkView(
        long number,
        long connections,
        boolean welcomed,
        @Nullable String trouble) {
    static LinkView of(long number) {
        return new LinkView(number, 0, false, null);
    }

    LinkView connected() {
        return new LinkView(number, connections + 1, welcomed, trouble);
    }

    LinkView lost(String reason) {
        return new LinkView(number, connections, welcomed, reason);
    }

    LinkView greeted() {
        return new LinkView(number, connections, true, trouble);
    }
}
