package io.fulmar.fleet.ingest;

import io.fulmar.sync.wire.Stream;
import java.util.Comparator;

/** The name of a stream, in the order in which streams are locked. Immutable. */
record StreamKey(String device, long epoch, Stream stream) implements Comparable<StreamKey> {
    private static final Comparator<StreamKey> ORDER = Comparator.comparing(StreamKey::device)
            .thenComparingLong(StreamKey::epoch)
            .thenComparing(key -> key.stream().topicName());

    static StreamKey of(Arrival arrival) {
        return new StreamKey(arrival.device(), arrival.batch().epoch(), arrival.batch().stream());
    }

    @Override
    public int compareTo(StreamKey other) {
        return ORDER.compare(this, other);
    }
}
