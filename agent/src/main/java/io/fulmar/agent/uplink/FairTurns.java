package io.fulmar.agent.uplink;

import io.fulmar.sync.wire.Stream;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to send a batch: an urgent stream goes first and gets more turns, but a backlog in it never takes all
 * of them. The weights are 4, 2 and 1: each turn
 * goes to the stream that has used the least of its share, ties to the more urgent. Owned by the store thread.
 */
final class FairTurns {
    private final Map<Stream, Long> used = new EnumMap<>(Stream.class);
    private long clock;

    FairTurns() {
        for (Stream stream : Stream.values()) {
            used.put(stream, 0L);
        }
    }

    /** The stream whose turn it is among those that have something to send. */
    @Nullable
    Stream next(Predicate<Stream> ready) {
        Stream chosen = null;
        long least = Long.MAX_VALUE;
        for (Stream stream : Stream.values()) {
            if (ready.test(stream) && share(stream) < least) {
                least = share(stream);
                chosen = stream;
            }
        }
        return chosen;
    }

    /** The stream took its turn. A stream that was silent has saved nothing up: its share starts at the others'. */
    void took(Stream stream) {
        clock = share(stream);
        used.put(stream, clock + cost(stream));
    }

    private long share(Stream stream) {
        return Math.max(used.getOrDefault(stream, 0L), clock);
    }

    private static long cost(Stream stream) {
        return switch (stream) {
            case ALARM -> 1;
            case EVENT -> 2;
            case DATA -> 4;
        };
    }
}
