package io.fulmar.sync.salvage;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One page of a table's rows. Each cell is read for itself, so that one that is damaged hides no other; what a cell says is only
 * possible, not yet true. Owned by its thread.
 */
final class LeafPage {
    private static final int LEAF = 0x0d;
    private static final int HEADER_BYTES = 8;

    private final PageImages images;
    private final byte[] page;
    private final int[] offsets;
    private final long[] ids;
    private final int[] lengths;
    private final boolean committed;

    private LeafPage(PageImages images, byte[] page, int[] offsets, long[] ids, int[] lengths, boolean committed) {
        this.images = images;
        this.page = page;
        this.offsets = offsets;
        this.ids = ids;
        this.lengths = lengths;
        this.committed = committed;
    }

    /** The cells of that page; null when it holds no rows. */
    static @Nullable LeafPage of(PageImages images, int image) {
        byte[] page = new byte[Limits.PAGE_BYTES];
        if (!images.read(image, page) || page[0] != LEAF) {
            return null;
        }
        int count = Varint.unsigned16(page, 3);
        int content = HEADER_BYTES + 2 * count;
        if (count == 0 || content >= Limits.PAGE_BYTES) {
            return null;
        }
        int[] offsets = new int[count];
        long[] ids = new long[count];
        int[] lengths = new int[count];
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int offset = Varint.unsigned16(page, HEADER_BYTES + 2 * i);
            if (offset >= content && offset < Limits.PAGE_BYTES - 4) {
                Varint at = new Varint(page, offset);
                long payload = at.next();
                long id = at.next();
                if (payload > 0 && payload <= Limits.PAYLOAD_BYTES && at.ok()) {
                    offsets[kept] = offset;
                    ids[kept] = id;
                    lengths[kept] = (int) payload;
                    kept++;
                }
            }
        }
        return kept == 0
                ? null
                : new LeafPage(
                        images,
                        page,
                        Arrays.copyOf(offsets, kept),
                        Arrays.copyOf(ids, kept),
                        Arrays.copyOf(lengths, kept),
                        images.isCommitted(image));
    }

    int count() {
        return ids.length;
    }

    long id(int cell) {
        return ids[cell];
    }

    /** The bytes of a cell's values. */
    int length(int cell) {
        return lengths[cell];
    }

    boolean isCommitted() {
        return committed;
    }

    /** The values of a cell, each a {@code Long}, a {@code byte[]} or null; null when the cell makes no sense. */
    @Nullable
    Object @Nullable [] values(int cell) {
        byte[] payload = payload(offsets[cell]);
        return payload == null ? null : values(payload);
    }

    private byte @Nullable [] payload(int offset) {
        Varint at = new Varint(page, offset);
        int length = (int) at.next();
        at.next();
        int start = at.position();
        int local = length;
        if (length > Limits.LOCAL_MOST) {
            int fitting = Limits.LOCAL_LEAST + (length - Limits.LOCAL_LEAST) % Limits.OVERFLOW_BYTES;
            local = fitting <= Limits.LOCAL_MOST ? fitting : Limits.LOCAL_LEAST;
        }
        int needed = local == length ? local : local + 4;
        if (start + needed > Limits.PAGE_BYTES) {
            return null;
        }
        byte[] payload = Arrays.copyOfRange(page, start, start + length);
        if (local == length) {
            return payload;
        }
        byte[] overflow = new byte[Limits.PAGE_BYTES];
        int next = Varint.signed32(page, start + local);
        for (int read = local; read < length; next = Varint.signed32(overflow, 0)) {
            if (!images.readPage(next, overflow)) {
                return null;
            }
            int more = Math.min(length - read, Limits.OVERFLOW_BYTES);
            System.arraycopy(overflow, 4, payload, read, more);
            read += more;
        }
        return payload;
    }

    private static @Nullable Object @Nullable [] values(byte[] payload) {
        Varint types = new Varint(payload, 0);
        long header = types.next();
        if (!types.ok() || header > payload.length) {
            return null;
        }
        @Nullable Object[] values = new @Nullable Object[Limits.COLUMNS];
        int count = 0;
        int at = (int) header;
        while (types.position() < header) {
            long type = types.next();
            int length = length(type);
            if (!types.ok() || count == Limits.COLUMNS || length < 0 || at + length > payload.length) {
                return null;
            }
            if (type >= 12) {
                values[count] = Arrays.copyOfRange(payload, at, at + length);
            } else if (type != 0) {
                values[count] = type == 8 || type == 9 ? Long.valueOf(type - 8) : Varint.signed(payload, at, length);
            }
            at += length;
            count++;
        }
        return types.position() == header && at == payload.length ? Arrays.copyOf(values, count) : null;
    }

    /** The bytes of a value of that type; negative for one that no store has. */
    private static int length(long type) {
        if (type >= 12) {
            return type % 2 == 0 && type < 2L * Limits.PAYLOAD_BYTES ? (int) (type - 12) / 2 : -1;
        }
        return switch ((int) Math.max(type, -1)) {
            case 0, 8, 9 -> 0;
            case 1, 2, 3, 4 -> (int) type;
            case 5 -> 6;
            case 6 -> 8;
            default -> -1;
        };
    }
}
