package io.fulmar.sync.salvage;

import java.util.Arrays;

/**
 * Which pages hold rows of one stream, by the first of them: 8 bytes a page, so that a store of any size fits into a small
 * memory. Owned by its thread.
 */
final class LeafIndex {
    private static final int IMAGE_BITS = 26;
    private static final long SEQUENCES = 1L << (63 - IMAGE_BITS);

    private final long base;
    private final int most;
    private long[] leaves = new long[256];
    private int count;

    /** @param base no row is looked for before that sequence */
    LeafIndex(long base, int most) {
        this.base = base;
        this.most = most;
    }

    /** Remembers a page; false when it is out of bounds. */
    boolean add(long first, int image) {
        long distance = Math.max(0, first - base);
        if (distance >= SEQUENCES || count == most || image >= 1 << IMAGE_BITS) {
            return false;
        }
        if (count == leaves.length) {
            leaves = Arrays.copyOf(leaves, Math.min(most, 2 * count));
        }
        leaves[count] = distance << IMAGE_BITS | image;
        count++;
        return true;
    }

    void sort() {
        Arrays.sort(leaves, 0, count);
    }

    int count() {
        return count;
    }

    long first(int place) {
        return base + (leaves[place] >>> IMAGE_BITS);
    }

    int image(int place) {
        return (int) (leaves[place] & ((1 << IMAGE_BITS) - 1));
    }

    /** The first place whose page begins after that sequence. */
    int after(long seq) {
        int low = 0;
        for (int high = count; low < high; ) {
            int middle = (low + high) >>> 1;
            if (first(middle) > seq) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
