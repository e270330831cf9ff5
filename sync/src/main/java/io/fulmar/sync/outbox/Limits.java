package io.fulmar.sync.outbox;

/** What the store takes at most, and how much it does at once. Immutable. */
final class Limits {
    static final int PAGE_BYTES = 4096;

    /** A page and its header in the write-ahead log. */
    static final int FRAME_BYTES = PAGE_BYTES + 24;

    /** The smallest quota that leaves room for the write-ahead log and a useful number of rows. */
    static final long MIN_QUOTA_BYTES = 1024 * 1024;

    static final long MIN_WAL_BYTES = 256 * 1024;
    static final long MAX_WAL_BYTES = 4 * 1024 * 1024;

    /** Pages kept free, so that acknowledging and giving up rows always find room. */
    static final int RESERVED_PAGES = 8;

    /** What a row takes beside its record: sequence, age, hash, header. */
    static final int ROW_OVERHEAD_BYTES = 40;

    /** What a page holds of rows when filled by appending, on average. */
    static final int PAGE_PAYLOAD_BYTES = 3600;

    /** What a page holds of rows at worst: rows of a little more than half a page have one each. */
    static final int PAGE_PAYLOAD_AT_WORST_BYTES = 2000;

    /** Gaps of one stream; beyond that the last two become one. */
    static final int GAPS = 16;

    /** Rows whose chain is checked whenever the store is opened. */
    static final int ROWS_CHECKED_AT_OPEN = 256;

    /** Rows deleted in one transaction. */
    static final int ROWS_DELETED_AT_ONCE = 5000;

    /** Pages given back to the file system in one transaction. */
    static final int PAGES_GIVEN_BACK_AT_ONCE = 256;

    /** Free pages below which nothing is given back. */
    static final int PAGES_WORTH_GIVING_BACK = 256;

    /** Damaged files that are kept; the oldest goes first. */
    static final int DAMAGED_FILES = 4;

    /** Ranges of lost rows that are told of one stream of a damaged store. */
    static final int LOST_RANGES = 8;

    static final int CACHE_KIB = 2048;

    /** Distinct log lines that are remembered so that they are not repeated at once. */
    static final int WORDS_KEPT = 32;

    private Limits() {}
}
