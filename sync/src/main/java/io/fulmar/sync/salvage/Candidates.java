package io.fulmar.sync.salvage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the rows that pages have under a sequence, going forward. Owned by its thread. */
final class Candidates {
    private final PageImages images;
    private final LeafIndex index;
    private final long tail;
    private final Deque<Open> open = new ArrayDeque<>();
    private int place;

    /** @param tail of what was not committed, nothing beyond that sequence is looked at */
    Candidates(PageImages images, LeafIndex index, long from, long tail) {
        this.images = images;
        this.index = index;
        this.tail = tail;
        this.place = Math.max(0, index.after(from) - Limits.OPEN_LEAVES / 2);
    }

    /** The records, checked by nobody yet, that pages have there; more than one where there are several versions of a page. */
    List<StoredRow> at(long seq) {
        while (place < index.count() && index.first(place) <= seq) {
            LeafPage leaf = LeafPage.of(images, index.image(place));
            if (leaf != null) {
                open.addLast(new Open(leaf));
            }
            place++;
            if (open.size() > Limits.OPEN_LEAVES) {
                open.removeFirst();
            }
        }
        List<StoredRow> rows = new ArrayList<>(2);
        for (Open page : open) {
            StoredRow row = page.leaf.isCommitted() || seq <= tail ? page.at(seq) : null;
            if (row != null && row.record() != null) {
                rows.add(row);
            }
        }
        return rows;
    }

    /** Lets go of pages that have nothing from that sequence on. */
    void passed(long seq) {
        open.removeIf(page -> page.last < seq);
    }

    /** The next sequence after that one that a page may have; {@code Long.MAX_VALUE} when there is none. */
    long next(long seq) {
        long next = Long.MAX_VALUE;
        for (Open page : open) {
            next = Math.min(next, page.next(seq));
        }
        return place < index.count() ? Math.min(next, Math.max(seq + 1, index.first(place))) : next;
    }

    /** A page in use, and the place where it was looked at last. */
    private static final class Open {
        private final LeafPage leaf;
        private final long last;
        private int hint;

        private Open(LeafPage leaf) {
            this.leaf = leaf;
            long greatest = 0;
            for (int i = 0; i < leaf.count(); i++) {
                greatest = Math.max(greatest, leaf.id(i));
            }
            this.last = greatest;
        }

        private @Nullable StoredRow at(long seq) {
            for (int i = 0; i < leaf.count(); i++) {
                int cell = (hint + i) % leaf.count();
                if (leaf.id(cell) == seq) {
                    hint = cell;
                    return StoredRow.of(seq, leaf.values(cell));
                }
            }
            return null;
        }

        private long next(long seq) {
            long next = Long.MAX_VALUE;
            for (int i = 0; i < leaf.count(); i++) {
                next = leaf.id(i) > seq ? Math.min(next, leaf.id(i)) : next;
            }
            return next;
        }
    }
}
