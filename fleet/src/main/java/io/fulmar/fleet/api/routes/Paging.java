package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.base.Limits;
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

    /** A page out of a list that is short enough to be read as a whole. */
    static <T> Answer cut(Call call, List<T> all, Function<T, String> place, Answer.Item<T> writer) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        String after = call.after();
        int start = 0;
        if (after != null) {
            while (start < all.size() && !place.apply(all.get(start)).equals(after)) {
                start++;
            }
            start = Math.min(start + 1, all.size());
        }
        return page(all.subList(start, Math.min(all.size(), start + limit + 1)), limit, place, writer);
    }
}
