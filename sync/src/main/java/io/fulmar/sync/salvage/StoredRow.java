package io.fulmar.sync.salvage;

import io.fulmar.sync.wire.ChainHash;
import org.jspecify.annotations.Nullable;

/**
 * A row as a page has it, not yet checked. Immutable.
 *
 * @param record null where a gap stands
 * @param last the last sequence that the row covers
 * @param reason the number of the gap's reason; 0 for a record
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy of every record would buy nothing
record StoredRow(long seq, ChainHash hash, byte @Nullable [] record, long last, int reason) {
    private static final int COLUMNS = 6;

    /** The row of a stream in those values: seq (in the id), age, hash, record, last, reason; null when they are none. */
    static @Nullable StoredRow of(long id, @Nullable Object @Nullable [] values) {
        if (id < 1
                || values == null
                || values.length != COLUMNS
                || values[0] != null
                || !(values[1] instanceof Long)
                || !(values[2] instanceof byte[] hash)
                || hash.length != ChainHash.BYTES) {
            return null;
        }
        if (values[3] instanceof byte[] record) {
            boolean possible =
                    values[4] == null && values[5] == null && record.length <= io.fulmar.sync.wire.Limits.RECORD_BYTES;
            return possible ? new StoredRow(id, ChainHash.of(hash), record, id, 0) : null;
        }
        return values[3] == null && values[4] instanceof Long last && last >= id && values[5] instanceof Long reason
                ? new StoredRow(id, ChainHash.of(hash), null, last, reason.intValue())
                : null;
    }
}
