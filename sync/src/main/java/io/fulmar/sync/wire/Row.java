package io.fulmar.sync.wire;

import java.util.Arrays;

/** One place in a stream: a record, or the declaration that records were given up. Immutable. */
public sealed interface Row {
    /** How many sequences this row stands for. */
    long count();

    /**
     * The bytes of one record, exactly as they were recorded. The array is not copied: nobody may change it.
     */
    @SuppressWarnings("ArrayRecordComponent") // has its own equals; a copy of every record would buy nothing
    record Data(byte[] record) implements Row {
        @Override
        public long count() {
            return 1;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Data data && Arrays.equals(record, data.record);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(record);
        }

        @Override
        public String toString() {
            return "Data[" + record.length + " bytes]";
        }
    }

    /**
     * Rows that the device gave up; it stands in their place.
     *
     * @param last the last sequence that it covers; the first follows from its place in the batch
     * @param count last - first + 1
     * @param hash the chain hash of the last row that it covers
     */
    record Gap(long last, GapReason reason, long count, ChainHash hash) implements Row {}
}
