package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Stream;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a {@link RecordingChild} had told the world at some moment, which therefore has to be true for ever.
 *
 * @param epoch 0 when it had not said that the store is open
 */
record Promise(long epoch, int boot, int receipts, Map<Stream, OfStream> streams) {
    /** What the first lines promise; the lines after them say how far the store may have come without saying so. */
    static Promise of(List<String> lines, int count) {
        Map<Stream, Reading> readings = new EnumMap<>(Stream.class);
        for (Stream stream : Stream.values()) {
            readings.put(stream, new Reading());
        }
        long epoch = 0;
        int boot = 0;
        int receipts = 0;
        for (int i = 0; i < lines.size(); i++) {
            String[] words = lines.get(i).split("[ /]", 3);
            boolean said = i < count;
            if (words[0].equals("open")) {
                epoch = said ? Long.parseLong(words[1]) : epoch;
                boot = said ? Integer.parseInt(words[2]) : boot;
                continue;
            }
            boolean receipt = lines.get(i).indexOf('/') >= 0;
            Reading reading = reading(readings, receipt ? words[0] : words[1]);
            if (receipt) {
                receipts += said ? 1 : 0;
                (said ? reading.promised : reading.later).put(Long.parseLong(words[1]), words[2]);
            } else if (words[0].equals("evicted")) {
                reading.readEvicted(Long.parseLong(words[2]), said);
            } else if (said && words[0].equals("acknowledging")) {
                reading.ackedAtMost = Long.parseLong(words[2]);
            } else if (said) {
                reading.acked = Long.parseLong(words[2]);
            }
        }
        Map<Stream, OfStream> streams = new EnumMap<>(Stream.class);
        readings.forEach((stream, reading) -> streams.put(stream, reading.result()));
        return new Promise(epoch, boot, receipts, streams);
    }

    private static Reading reading(Map<Stream, Reading> readings, String name) {
        for (Map.Entry<Stream, Reading> entry : readings.entrySet()) {
            if (entry.getKey().topicName().equals(name)) {
                return entry.getValue();
            }
        }
        throw new AssertionError("no such stream: " + name);
    }

    /**
     * The part of one stream.
     *
     * @param promised texts by sequence that receipts were printed for
     * @param later those for which they were going to be
     */
    record OfStream(
            NavigableMap<Long, String> promised,
            NavigableMap<Long, String> later,
            long acked,
            long ackedAtMost,
            long evicted,
            long evictedAtMost) {}

    /** An {@link OfStream} in the making. */
    private static final class Reading {
        private final NavigableMap<Long, String> promised = new TreeMap<>();
        private final NavigableMap<Long, String> later = new TreeMap<>();
        private long acked;
        private long ackedAtMost;
        private long evicted;
        private long evictedNext = -1;

        void readEvicted(long rows, boolean said) {
            if (said) {
                evicted = rows;
            } else if (evictedNext < 0) {
                evictedNext = rows;
            }
        }

        OfStream result() {
            return new OfStream(promised, later, acked, ackedAtMost, evicted, Math.max(evicted, evictedNext));
        }
    }
}
