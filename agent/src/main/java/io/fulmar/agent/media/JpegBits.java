package io.fulmar.agent.media;

/**
 * The bits of a JPEG's scan, between two markers: zero bytes that were stuffed behind FF are left out. Owned by the decoder that
 * makes it.
 */
final class JpegBits {
    private final byte[] file;
    private int at;
    private int held;
    private int count;

    JpegBits(byte[] file) {
        this.file = file;
    }

    /** Reads from there on. */
    void start(int position) {
        at = position;
        held = 0;
        count = 0;
    }

    /** Where the next marker may stand: behind all that was taken. */
    int position() {
        return at;
    }

    int bit() {
        return bits(1);
    }

    /** So many bits, at most 16, as a number. */
    int bits(int wanted) {
        if (wanted == 0) {
            return 0;
        }
        fill(wanted);
        count -= wanted;
        return (held >>> count) & ((1 << wanted) - 1);
    }

    /** The next bits without taking them; zeros stand for those behind the end of the scan. */
    int peek(int wanted) {
        while (count < wanted) {
            if (!more()) {
                return (held << (wanted - count)) & ((1 << wanted) - 1);
            }
        }
        return (held >>> (count - wanted)) & ((1 << wanted) - 1);
    }

    /** Takes bits that were peeked at. */
    void take(int wanted) {
        if (wanted > count) {
            throw MediaException.truncated(Jpeg.WHAT);
        }
        count -= wanted;
    }

    /** A number of so many bits as JPEG writes differences. */
    int signed(int wanted) {
        int value = bits(wanted);
        return wanted > 0 && value < 1 << (wanted - 1) ? value - (1 << wanted) + 1 : value;
    }

    private void fill(int wanted) {
        while (count < wanted) {
            if (!more()) {
                throw MediaException.truncated(Jpeg.WHAT);
            }
        }
    }

    /** Holds another byte; false where the scan ends. */
    private boolean more() {
        if (at >= file.length) {
            return false;
        }
        int next = file[at] & 0xFF;
        if (next == 0xFF) {
            if (at + 1 >= file.length || file[at + 1] != 0) {
                return false;
            }
            at++;
        }
        at++;
        held = (held << 8) | next;
        count += 8;
        return true;
    }
}
