package io.fulmar.model.tflite;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A reader of flatbuffers that trusts nothing: each offset, length and field is checked against the bytes before it is
 * followed, and the work that a hostile file can cause is bounded.
 *
 * <p>Confined to the call that reads a model.
 */
final class FlatBuffer {
    /** Tables and list elements that may be read from one file. */
    private static final int MAX_WORK = 1 << 24;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final String file;
    private int workLeft = MAX_WORK;

    FlatBuffer(MemorySegment bytes, String file) {
        this.bytes = bytes;
        this.file = file;
    }

    long size() {
        return bytes.byteSize();
    }

    Table root() {
        return table(follow(0, "the root"), "the root");
    }

    ModelException malformed(String what) {
        return new ModelException(
                ModelException.Category.PERMANENT,
                file + ": " + what,
                "The file is damaged or was never a complete model: copy or convert it again and compare the SHA-256.");
    }

    byte byteAt(long position, String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, checked(position, 1, what));
    }

    int intAt(long position, String what) {
        return bytes.get(INT, checked(position, Integer.BYTES, what));
    }

    private long checked(long position, long length, String what) {
        if (position < 0 || length < 0 || position > bytes.byteSize() - length) {
            throw malformed(what + " lies outside the file, at byte " + position + " of " + bytes.byteSize());
        }
        return position;
    }

    /** The position that the offset stored at {@code position} leads to. */
    private long follow(long position, String what) {
        long offset = Integer.toUnsignedLong(intAt(position, what));
        if (offset == 0 || offset > Integer.MAX_VALUE) {
            throw malformed(what + " has the impossible offset " + offset);
        }
        return checked(position + offset, Integer.BYTES, what);
    }

    private void spend(long work) {
        if (work > workLeft) {
            throw malformed("more than " + MAX_WORK + " parts");
        }
        workLeft -= (int) work;
    }

    private Table table(long position, String what) {
        spend(1);
        if (position % Integer.BYTES != 0) {
            throw malformed(what + " is not aligned");
        }
        long vtable = position - intAt(position, what);
        checked(vtable, 2 * Short.BYTES, what);
        int vtableBytes = Short.toUnsignedInt(bytes.get(SHORT, vtable));
        int tableBytes = Short.toUnsignedInt(bytes.get(SHORT, vtable + Short.BYTES));
        if (vtableBytes < 2 * Short.BYTES || vtableBytes % Short.BYTES != 0 || tableBytes < Integer.BYTES) {
            throw malformed(what + " has a malformed table");
        }
        checked(vtable, vtableBytes, what);
        checked(position, tableBytes, what);
        return new Table(position, vtable, vtableBytes, tableBytes, what);
    }

    /** A table whose own extent was checked; its fields are checked one by one. */
    final class Table {
        private final long position;
        private final long vtable;
        private final int vtableBytes;
        private final int tableBytes;
        private final String what;

        private Table(long position, long vtable, int vtableBytes, int tableBytes, String what) {
            this.position = position;
            this.vtable = vtable;
            this.vtableBytes = vtableBytes;
            this.tableBytes = tableBytes;
            this.what = what;
        }

        private long field(int id, int length, String name) {
            int slot = 2 * Short.BYTES + id * Short.BYTES;
            if (slot + Short.BYTES > vtableBytes) {
                return -1;
            }
            int offset = Short.toUnsignedInt(bytes.get(SHORT, vtable + slot));
            if (offset == 0) {
                return -1;
            }
            if (offset < Integer.BYTES || offset + length > tableBytes) {
                throw malformed(what + ": " + name + " lies outside its table");
            }
            return position + offset;
        }

        boolean has(int id, String name) {
            return field(id, 1, name) >= 0;
        }

        int byteField(int id, int otherwise, String name) {
            long at = field(id, 1, name);
            return at < 0 ? otherwise : bytes.get(ValueLayout.JAVA_BYTE, at);
        }

        int intField(int id, int otherwise, String name) {
            long at = field(id, Integer.BYTES, name);
            return at < 0 ? otherwise : bytes.get(INT, at);
        }

        long longField(int id, long otherwise, String name) {
            long at = field(id, Long.BYTES, name);
            return at < 0 ? otherwise : bytes.get(LONG, at);
        }

        @Nullable
        Table tableField(int id, String name) {
            long at = field(id, Integer.BYTES, name);
            return at < 0 ? null : table(follow(at, what + ": " + name), what + ": " + name);
        }

        /** The list in that field, or an empty one; its elements lie inside the file. */
        Vector vector(int id, int elementBytes, String name) {
            long at = field(id, Integer.BYTES, name);
            String where = what.isEmpty() ? name : what + ": " + name;
            if (at < 0) {
                return new Vector(0, 0, elementBytes, where, false);
            }
            long start = follow(at, where);
            long length = Integer.toUnsignedLong(bytes.get(INT, start));
            long first = start + Integer.BYTES;
            if (length > (bytes.byteSize() - first) / elementBytes) {
                throw malformed(where + " reaches beyond the end of the file: " + length + " elements at byte " + first
                        + " of " + bytes.byteSize());
            }
            return new Vector(first, (int) length, elementBytes, where, true);
        }

        String text(int id, String name) {
            return vector(id, 1, name).text();
        }
    }

    /** A list whose extent was checked. */
    final class Vector {
        private final long first;
        private final int length;
        private final int elementBytes;
        private final String what;
        private final boolean present;

        private Vector(long first, int length, int elementBytes, String what, boolean present) {
            this.first = first;
            this.length = length;
            this.elementBytes = elementBytes;
            this.what = what;
            this.present = present;
        }

        boolean isPresent() {
            return present;
        }

        int length() {
            return length;
        }

        long position() {
            return first;
        }

        Vector atMost(int limit) {
            if (length > limit) {
                throw malformed(what + " has " + length + " elements, more than " + limit);
            }
            return this;
        }

        private long element(int index) {
            return first + (long) index * elementBytes;
        }

        Table table(int index, String name) {
            String where = name + " " + index;
            return FlatBuffer.this.table(follow(element(index), where), where);
        }

        int[] ints() {
            spend(length);
            int[] values = new int[length];
            for (int i = 0; i < length; i++) {
                values[i] = bytes.get(INT, element(i));
            }
            return values;
        }

        float[] floats() {
            spend(length);
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = bytes.get(FLOAT, element(i));
            }
            return values;
        }

        long[] longs() {
            spend(length);
            long[] values = new long[length];
            for (int i = 0; i < length; i++) {
                values[i] = bytes.get(LONG, element(i));
            }
            return values;
        }

        String text() {
            atMost(Limits.MAX_TEXT_BYTES);
            spend(length);
            byte[] text = bytes.asSlice(first, length).toArray(ValueLayout.JAVA_BYTE);
            return new String(text, StandardCharsets.UTF_8);
        }
    }
}
