package io.fulmar.sync.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which bytes of a blob: ranges in order, none touching another. Owned by its holder. */
public final class ByteRanges {
    private final TreeMap<Long, Long> ends = new TreeMap<>();

    /**
     * Some bytes in a row.
     *
     * @param from the first of them
     * @param to the first behind them; greater than {@code from}
     */
    public record Range(long from, long to) {
        public Range {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException("not a range of bytes: " + from + " to " + to);
            }
        }

        public long bytes() {
            return to - from;
        }
    }

    /** All bytes of these ranges, which may touch and overlap. */
    public static ByteRanges of(List<Range> ranges) {
        ByteRanges all = new ByteRanges();
        ranges.forEach(all::add);
        return all;
    }

    /** All bytes of a blob of that size. */
    public static ByteRanges whole(long size) {
        ByteRanges all = new ByteRanges();
        if (size > 0) {
            all.add(new Range(0, size));
        }
        return all;
    }

    public void add(Range range) {
        long from = range.from();
        long to = range.to();
        Map.Entry<Long, Long> before = ends.floorEntry(from);
        if (before != null && before.getValue() >= from) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        for (Map.Entry<Long, Long> next = ends.ceilingEntry(from);
                next != null && next.getKey() <= to;
                next = ends.ceilingEntry(from)) {
            to = Math.max(to, next.getValue());
            ends.remove(next.getKey());
        }
        ends.put(from, to);
    }

    /** Takes bytes out; true if any of them was in. */
    public boolean remove(Range range) {
        boolean any = false;
        Map.Entry<Long, Long> entry = ends.floorEntry(range.from());
        if (entry == null || entry.getValue() <= range.from()) {
            entry = ends.ceilingEntry(range.from());
        }
        while (entry != null && entry.getKey() < range.to()) {
            any = true;
            ends.remove(entry.getKey());
            if (entry.getKey() < range.from()) {
                ends.put(entry.getKey(), range.from());
            }
            if (entry.getValue() > range.to()) {
                ends.put(range.to(), entry.getValue());
            }
            entry = ends.ceilingEntry(range.from());
        }
        return any;
    }

    /** The first bytes in a row at or behind that position, at most {@code most} of them; null when there are none. */
    public @Nullable Range next(long position, long most) {
        Map.Entry<Long, Long> entry = ends.floorEntry(position);
        if (entry == null || entry.getValue() <= position) {
            entry = ends.ceilingEntry(position);
        }
        if (entry == null) {
            return null;
        }
        long from = Math.max(entry.getKey(), position);
        return new Range(from, Math.min(entry.getValue(), from + most));
    }

    /** The first ranges, at most so many of them and of their bytes. */
    public List<Range> first(int ranges, long bytes) {
        List<Range> some = new ArrayList<>();
        long left = bytes;
        for (Map.Entry<Long, Long> entry : ends.entrySet()) {
            if (some.size() == ranges || left == 0) {
                break;
            }
            long length = Math.min(left, entry.getValue() - entry.getKey());
            some.add(new Range(entry.getKey(), entry.getKey() + length));
            left -= length;
        }
        return some;
    }

    /** Whether the byte is in. */
    public boolean has(long position) {
        Map.Entry<Long, Long> entry = ends.floorEntry(position);
        return entry != null && entry.getValue() > position;
    }

    public boolean isEmpty() {
        return ends.isEmpty();
    }

    /** How many bytes in all. */
    public long bytes() {
        long sum = 0;
        for (Map.Entry<Long, Long> entry : ends.entrySet()) {
            sum += entry.getValue() - entry.getKey();
        }
        return sum;
    }

    /** All ranges. */
    public List<Range> ranges() {
        return first(Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    @Override
    public String toString() {
        return ends.toString();
    }
}
