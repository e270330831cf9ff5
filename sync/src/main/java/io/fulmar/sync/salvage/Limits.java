package io.fulmar.sync.salvage;

/** How a store's file is laid out, and what reading a damaged one takes at most. Immutable. */
final class Limits {
    /** Every store is made with pages of this size; the header of a damaged file is not asked. */
    static final int PAGE_BYTES = 4096;

    /** Payload of a cell beyond which a part of it lies on overflow pages. */
    static final int LOCAL_MOST = PAGE_BYTES - 35;

    /** What of such a payload stays on the page at least. */
    static final int LOCAL_LEAST = (PAGE_BYTES - 12) * 32 / 255 - 23;

    static final int OVERFLOW_BYTES = PAGE_BYTES - 4;

    /** Bytes of a cell's payload at most: a record and what stands beside it. */
    static final int PAYLOAD_BYTES = io.fulmar.sync.wire.Limits.RECORD_BYTES + 256;

    /** Columns of a row at most, in any table of a store. */
    static final int COLUMNS = 16;

    /** Pages of rows of one stream that are remembered, 8 bytes each; what is beyond them (4 GiB) counts as lost. */
    static final int LEAVES = 1024 * 1024;

    /** Pages of rows that are looked at together, where their ranges overlap. */
    static final int OPEN_LEAVES = 64;

    /** Gaps that are remembered; a store has 48 at most, and old copies of some. */
    static final int GAPS = 256;

    /** Bytes of a cell with a gap at most. */
    static final int GAP_BYTES = 48;

    /** Pages at the front of a file, where the tables with the figures of the store are. */
    static final int FRONT_PAGES = 64;

    /** Cells of those tables that are looked at. */
    static final int SMALL_CELLS = 256;

    private Limits() {}
}
