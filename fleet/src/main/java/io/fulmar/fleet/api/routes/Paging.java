package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.server.Answer;
import java.util.List;
import java.util.function.Function;

/** Cuts lists into pages. Thread-safe. */
final class Paging {
    private Paging() {}

    /**
     * A page.
     *
     * @param found one more than a page has, if there are more
     * @param place of an item, where the page after it begins
     */
    static <T> Answer page(List<T> found, int limit, Function<T, String> place, Answer.Item<T> writer) {
        boolean more = found.size() > limit;
        List<T> shown = more ? found.subList(0, limit) : found;
        return Answer.page(shown, more ? place.apply(shown.getLast()) : null, writer);
    }
}
