package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Stream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a look at a state directory found. Immutable.
 *
 * @param running whether an agent has the directory; then the figures are those of its last commit and nothing is
 *     verified
 * @param bytes of the database and its write-ahead log
 * @param damaged the damaged databases that are kept
 * @param problem what is wrong with the store; null when nothing is
 */
public record OutboxReport(
        Path dir,
        boolean running,
        long epoch,
        int boot,
        long bytes,
        List<StreamReport> streams,
        List<String> damaged,
        @Nullable String problem) {
    public OutboxReport {
        streams = List.copyOf(streams);
        damaged = List.copyOf(damaged);
    }

    /**
     * One stream.
     *
     * @param next the sequence that the next record will get
     * @param acknowledgedUpTo the last sequence that the fleet acknowledged
     * @param recordBytes the bytes of the buffered records; -1 while an agent runs
     * @param oldestWallMillis when the oldest buffered record was made by the clock of then; null when not known
     */
    public record StreamReport(
            Stream stream,
            long next,
            long acknowledgedUpTo,
            Counters counters,
            long recordBytes,
            @Nullable Long oldestWallMillis) {}
}
