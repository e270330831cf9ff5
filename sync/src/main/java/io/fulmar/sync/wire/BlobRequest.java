package io.fulmar.sync.wire;

import java.util.List;

/**
 * "Send me these bytes of this blob": what a device lacks and can take now. It asks again for what does not come. Immutable.
 *
 * @param blob the digest of the whole, 64 lower-case hex digits of SHA-256
 * @param size of the whole, as the signed manifest says
 * @param ranges what to send; at most {@link Limits#BLOB_RANGES}
 * @param have digests of similar blobs that the device holds, the best first: a patch from one of them may be sent instead;
 *     at most {@link Limits#BLOB_HAVE}
 */
public record BlobRequest(String blob, long size, List<ByteRanges.Range> ranges, List<String> have) {
    public BlobRequest {
        ranges = List.copyOf(ranges);
        have = List.copyOf(have);
    }
}
