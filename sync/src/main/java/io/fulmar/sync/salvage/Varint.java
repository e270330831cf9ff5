package io.fulmar.sync.salvage;

/** Reads numbers as SQLite writes them, never beyond the end of the array. Owned by its thread. */
final class Varint {
    private final byte[] bytes;
    private int position;
    private boolean ok = true;

    Varint(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    int position() {
        return position;
    }

    /** Whether all that was read was there. */
    boolean ok() {
        return ok;
    }

    /** One to nine bytes, seven bits each and eight of the ninth. */
    long next() {
        long value = 0;
        for (int i = 0; i < 9; i++) {
            if (position >= bytes.length) {
                ok = false;
                return 0;
            }
            byte b = bytes[position];
            position++;
            if (i == 8) {
                return (value << 8) | (b & 0xff);
            }
            value = (value << 7) | (b & 0x7f);
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("the ninth byte is the last");
    }

    static int unsigned16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    static int signed32(byte[] bytes, int at) {
        return unsigned16(bytes, at) << 16 | unsigned16(bytes, at + 2);
    }

    static long signed(byte[] bytes, int at, int length) {
        long value = bytes[at];
        for (int i = 1; i < length; i++) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        return value;
    }
}
