package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the store within its bytes: gives up old rows before new ones come, the least urgent first, bounds the write-ahead
 * log, and gives space back. Owned by the store thread.
 */
final class Quota {
    private static final long UNBOUNDED = Long.MAX_VALUE;

    private final OutboxConfig config;
    private final Path log;
    private final Consumer<Store> givenUp;
    private final long maxLogBytes;
    /** Set while the disk is full: the database does not grow beyond this many pages. */
    private long squeezedPages = UNBOUNDED;

    /**
     * @param log the write-ahead log of the database
     * @param givenUp told after rows were given up
     */
    Quota(OutboxConfig config, Path log, Consumer<Store> givenUp) {
        this.config = config;
        this.log = log;
        this.givenUp = givenUp;
        this.maxLogBytes = Math.clamp(
                Math.min(config.quotaBytes() / 8, Math.max(config.ballastBytes(), Limits.MIN_WAL_BYTES)),
                Limits.MIN_WAL_BYTES,
                Limits.MAX_WAL_BYTES);
    }

    /** The size that the write-ahead log is kept below. */
    long maxLogBytes() {
        return maxLogBytes;
    }

    /** What one transaction may write. */
    long transactionBytes() {
        return maxLogBytes / 4;
    }

    /** What a row takes. */
    static long bytesFor(Draft draft) {
        return (long) draft.record().length + Limits.ROW_OVERHEAD_BYTES;
    }

    /** How many pages the database may have; the rest of the quota is for the log. */
    long pages() {
        return (config.quotaBytes() - maxLogBytes) / Limits.PAGE_BYTES;
    }

    /** Whether the disk is full, so that the database must not grow. */
    boolean squeezed() {
        return squeezedPages != UNBOUNDED;
    }

    /** The disk is full: the database stays within that many pages. */
    void squeeze(long pages) {
        squeezedPages = pages;
    }

    /** The disk has room again. */
    void relax() {
        squeezedPages = UNBOUNDED;
    }

    /** Makes room where need be, for the most urgent first, and says for each draft why there is none, or nothing. */
    List<String> makeRoom(Store open, List<Draft> drafts, long nowMillis) throws SQLException, CorruptException {
        Map<Stream, Long> bytes = new EnumMap<>(Stream.class);
        for (Draft draft : drafts) {
            bytes.merge(draft.stream(), bytesFor(draft), Long::sum);
        }
        Set<Stream> fitting = EnumSet.noneOf(Stream.class);
        long needed = Limits.RESERVED_PAGES;
        for (Map.Entry<Stream, Long> need : bytes.entrySet()) {
            long more = 2 + need.getValue() / Limits.PAGE_PAYLOAD_AT_WORST_BYTES;
            if (makeRoom(open, needed + more, need.getKey(), nowMillis)) {
                needed += more;
                fitting.add(need.getKey());
            }
        }
        List<String> refusals = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            if (draft.record().length > io.fulmar.sync.wire.Limits.RECORD_BYTES) {
                refusals.add("the record is larger than " + io.fulmar.sync.wire.Limits.RECORD_BYTES + " bytes");
            } else if (fitting.contains(draft.stream())) {
                refusals.add("");
            } else {
                refusals.add(squeezed() ? Trouble.FULL : "the store has reached its quota");
            }
        }
        return refusals;
    }

    /** Whether that many pages are free, after giving up rows that are no more urgent than that stream. */
    private boolean makeRoom(Store open, long pages, Stream stream, long nowMillis)
            throws SQLException, CorruptException {
        boolean aged = false;
        long most = Math.min(squeezedPages, pages());
        for (long missing = pages - open.freePages(most); missing > 0; missing = pages - open.freePages(most)) {
            boundTheLog(open);
            if (!aged) {
                aged = evictByAge(open, nowMillis) == 0;
                continue;
            }
            Stream victim = leastUrgent(open);
            if (config.whenFull() == WhenFull.REFUSE_NEW || victim == null || victim.compareTo(stream) < 0) {
                return false;
            }
            long bytes =
                    Math.min(Math.max(missing * Limits.PAGE_BYTES * 2, config.quotaBytes() / 128), transactionBytes());
            open.evictBytes(victim, bytes, squeezed() ? GapReason.DISK_FULL : GapReason.QUOTA, nowMillis);
            givenUp.accept(open);
        }
        return true;
    }

    private static @Nullable Stream leastUrgent(Store open) {
        Stream victim = null;
        for (Stream stream : Stream.values()) {
            victim = open.book(stream).buffered() > 0 ? stream : victim;
        }
        return victim;
    }

    /**
     * Gives up what is too old, a bounded number of rows at once, and says how many.
     *
     * @param nowMillis the age of the store
     */
    long evictByAge(Store open, long nowMillis) throws SQLException, CorruptException {
        long evicted = 0;
        for (Stream stream : Stream.values()) {
            if (open.book(stream).buffered() > 0) {
                evicted += open.evictOlder(
                        stream, nowMillis - config.maxAge(stream).toMillis(), nowMillis);
            }
        }
        if (evicted > 0) {
            givenUp.accept(open);
        }
        return evicted;
    }

    /** Gives free pages back to the file system where it is worth it, and says how many. */
    int giveBack(Store open) throws SQLException {
        long unused = open.unusedPages();
        long pages = open.pages();
        boolean worthIt = unused > Limits.PAGES_WORTH_GIVING_BACK && unused > pages / 4;
        boolean over = pages > pages() && unused > Limits.RESERVED_PAGES;
        if (!worthIt && !over) {
            return 0;
        }
        int given = open.giveBack();
        boundTheLog(open);
        return given;
    }

    /** Writes the log into the database when half of what it may take is used; true when it did. */
    boolean boundTheLog(Store open) throws SQLException {
        boolean tooLong = logBytes() > maxLogBytes;
        if (tooLong || open.logBytes() > maxLogBytes / 2) {
            open.checkpoint(tooLong);
            return true;
        }
        return false;
    }

    private long logBytes() {
        try {
            return Files.size(log);
        } catch (IOException e) {
            return 0; // there is none
        }
    }
}
