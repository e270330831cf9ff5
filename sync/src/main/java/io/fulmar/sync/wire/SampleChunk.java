package io.fulmar.sync.wire;

import java.util.Arrays;
import java.util.Objects;

/**
 * A part of what a device has kept of its inputs; each says all of its sample. Immutable, as long as nobody writes into the
 * array.
 *
 * @param number of this part, from 0
 * @param content empty where it was taken out
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its bytes
public record SampleChunk(Stamp at, Sample sample, int number, byte[] content) implements DeviceRecord {
    public SampleChunk {
        if (number < 0
                || number >= sample.chunks()
                || (content.length > 0 && content.length != sample.chunkBytes(number))) {
            throw new IllegalArgumentException(
                    "part " + number + " of " + sample.chunks() + " with " + content.length + " bytes");
        }
    }

    /** What is said of it alone: the fleet keeps contents elsewhere than rows. */
    public SampleChunk withoutContent() {
        return new SampleChunk(at, sample, number, new byte[0]);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SampleChunk it
                && at.equals(it.at)
                && sample.equals(it.sample)
                && number == it.number
                && Arrays.equals(content, it.content);
    }

    @Override
    public int hashCode() {
        return Objects.hash(at, sample, number, Arrays.hashCode(content));
    }
}
