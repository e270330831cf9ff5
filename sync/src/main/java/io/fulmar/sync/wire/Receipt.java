package io.fulmar.sync.wire;

/**
 * The proof that a record is durable, and the key under which the fleet stores it exactly once. Immutable.
 *
 * @param epoch the random number of the store that wrote the row
 * @param seq 1, 2, 3 … per stream and epoch
 */
public record Receipt(long epoch, Stream stream, long seq) {
    public Receipt {
        if (seq < 1) {
            throw new IllegalArgumentException("a sequence starts at 1, not " + seq);
        }
    }

    @Override
    public String toString() {
        return Epochs.text(epoch) + "/" + stream.topicName() + "/" + seq;
    }
}
