package io.fulmar.model.delta;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Finds where a piece of the new blob stands in the old one, by a hash of short windows. Owned by its maker. */
final class Anchors {
    /** Bytes that must be equal for a place to count. */
    private static final int WINDOW = 24;

    private static final int STEP = 4;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] old;
    private final int[] table;
    private final int shift;
    private int position;

    Anchors(byte[] old) {
        this.old = old;
        int entries = Integer.highestOneBit(Math.max(old.length / STEP, 8)) << 1;
        this.table = new int[entries];
        this.shift = Long.SIZE - Integer.numberOfTrailingZeros(entries);
        Arrays.fill(table, -1);
        for (int at = Math.floorDiv(old.length - WINDOW, STEP) * STEP; at >= 0; at -= STEP) {
            table[slot(old, at)] = at;
        }
    }

    /** The next position of {@code now}, from {@code from}, that stands somewhere in the old blob; its length if none. */
    int find(byte[] now, int from) {
        for (int at = from; at + WINDOW <= now.length; at++) {
            int candidate = table[slot(now, at)];
            if (candidate >= 0
                    && Arrays.equals(old, candidate, candidate + WINDOW, now, at, at + WINDOW)
                    && !monotonous(now, at)) {
                position = candidate;
                return at;
            }
        }
        return now.length;
    }

    /** Where in the old blob the last one found stands. */
    int position() {
        return position;
    }

    /** A run of one byte stands everywhere and says nothing of what belongs together. */
    private static boolean monotonous(byte[] bytes, int at) {
        long first = (long) LONG.get(bytes, at);
        return first == (long) LONG.get(bytes, at + 8)
                && first == (long) LONG.get(bytes, at + 16)
                && first == Long.rotateLeft(first, 8);
    }

    private int slot(byte[] bytes, int at) {
        long first = (long) LONG.get(bytes, at) * 0x9E37_79B9_7F4A_7C15L;
        long second = (long) LONG.get(bytes, at + 8) * 0xC2B2_AE3D_27D4_EB4FL;
        long third = (long) LONG.get(bytes, at + 16) * 0x1656_67B1_9E37_79F9L;
        long mixed = (first ^ Long.rotateLeft(second, 31) ^ third) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> shift);
    }
}
