package io.fulmar.fleet.ingest;

/** What became of a batch. Immutable. */
public sealed interface Verdict {
    /** How far the stream is stored now. */
    StreamHead head();

    /** Rows were new and are stored; the rows that were not, if any, agree with what is stored. */
    record Stored(StreamHead head, int rows, int duplicates) implements Verdict {}

    /** Every row was stored before. */
    record Duplicate(StreamHead head) implements Verdict {}

    /** Rows before this batch are missing, so nothing was stored. */
    record Ahead(StreamHead head) implements Verdict {}

    /** The batch contradicts what is stored; it was kept aside and nothing was changed. */
    record Conflict(StreamHead head, String reason) implements Verdict {}
}
