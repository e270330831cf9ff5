package io.fulmar.sync.salvage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The frames of a write-ahead log. SQLite ends a log at the first frame whose checksum does not hold; the ones behind it are
 * listed all the same, as not committed, when they are of the same log. Immutable.
 */
final class WalFrames {
    static final int FRAME_HEADER_BYTES = 24;
    static final int PAGES_MOST = 1 << 25;
    static final WalFrames NONE = new WalFrames(new int[0], 0, 0, Map.of(), Map.of());

    private static final int HEADER_BYTES = 32;
    private static final int MAGIC = 0x377f0682;
    private static final int FRAMES_MOST = 1 << 20;

    private final int[] pageNumbers;
    private final int committed;
    private final int ofThisLog;
    private final Map<Integer, Integer> newest;
    private final Map<Integer, Integer> loose;

    private WalFrames(
            int[] pageNumbers,
            int committed,
            int ofThisLog,
            Map<Integer, Integer> newest,
            Map<Integer, Integer> loose) {
        this.pageNumbers = pageNumbers;
        this.committed = committed;
        this.ofThisLog = ofThisLog;
        this.newest = newest;
        this.loose = loose;
    }

    static WalFrames read(FileChannel log) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        if (log.read(header, 0) < HEADER_BYTES) {
            return NONE;
        }
        boolean big = (header.getInt(0) & 1) == 1;
        long sums = sums(header.array(), 0, 24, big, 0);
        boolean whole = (header.getInt(0) & ~1) == MAGIC && sums == header.getLong(24);
        long salts = header.getLong(16);
        int count = (int) Math.min((log.size() - HEADER_BYTES) / (FRAME_HEADER_BYTES + Limits.PAGE_BYTES), FRAMES_MOST);
        int[] pages = new int[count];
        ByteBuffer frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + Limits.PAGE_BYTES);
        int committed = 0;
        int found = 0;
        int ofThisLog = 0;
        for (int i = 0; i < count && log.read(frame.clear(), offset(i)) == frame.capacity(); i++) {
            boolean same = frame.getLong(8) == salts;
            sums = sums(frame.array(), 0, 8, big, sums);
            sums = sums(frame.array(), FRAME_HEADER_BYTES, Limits.PAGE_BYTES, big, sums);
            whole = whole && same && sums == frame.getLong(16);
            committed = whole && frame.getInt(4) != 0 ? i + 1 : committed;
            ofThisLog = same ? i + 1 : ofThisLog;
            pages[i] = frame.getInt(0);
            found = i + 1;
        }
        Map<Integer, Integer> newest = new HashMap<>();
        Map<Integer, Integer> loose = new HashMap<>();
        for (int i = 0; i < found; i++) {
            (i < committed ? newest : loose).put(pages[i], i);
        }
        return new WalFrames(Arrays.copyOf(pages, found), committed, ofThisLog, newest, loose);
    }

    /** Whether every frame of the log is committed: then nothing in it is damaged, and nothing was left unfinished. */
    boolean isWhole() {
        return committed >= ofThisLog;
    }

    static long offset(int frame) {
        return HEADER_BYTES + (long) frame * (FRAME_HEADER_BYTES + Limits.PAGE_BYTES);
    }

    int count() {
        return pageNumbers.length;
    }

    /** The page that the frame is a version of, as it says. */
    int pageNumber(int frame) {
        return pageNumbers[frame];
    }

    boolean isCommitted(int frame) {
        return frame < committed;
    }

    /** The last committed frame with that page; -1 when there is none. */
    int newest(int page) {
        return newest.getOrDefault(page, -1);
    }

    /** The last frame with that page that is not known to be committed; -1 when there is none. */
    int loose(int page) {
        return loose.getOrDefault(page, -1);
    }

    /** The running checksum of a log, both halves in one number. */
    private static long sums(byte[] bytes, int from, int length, boolean big, long before) {
        ByteBuffer buffer =
                ByteBuffer.wrap(bytes, from, length).order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int first = (int) (before >>> 32);
        int second = (int) before;
        while (buffer.remaining() >= 8) {
            first += buffer.getInt() + second;
            second += buffer.getInt() + first;
        }
        return ((long) first << 32) | (second & 0xffffffffL);
    }
}
