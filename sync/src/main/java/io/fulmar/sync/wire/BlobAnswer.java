package io.fulmar.sync.wire;

/** What the fleet sends of a blob, or instead of it. Immutable. */
public sealed interface BlobAnswer {
    /** The digest of the whole blob, as the topic says. */
    String blob();

    /**
     * A piece of it, to one device or to all that listen.
     *
     * @param offset where in the blob it belongs
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere; a copy of every piece would buy nothing
    record Chunk(String blob, long offset, byte[] bytes) implements BlobAnswer {
        public ByteRanges.Range range() {
            return new ByteRanges.Range(offset, offset + bytes.length);
        }
    }

    /**
     * There is a shorter way: a patch, itself a blob, makes it out of another that the device holds.
     *
     * @param from the digest of the blob to patch
     * @param patch the digest of the patch
     * @param size of the patch
     */
    record Patch(String blob, String from, String patch, long size) implements BlobAnswer {}

    /** There is nothing to be had, for this reason. */
    record Refused(String blob, String reason) implements BlobAnswer {}
}
