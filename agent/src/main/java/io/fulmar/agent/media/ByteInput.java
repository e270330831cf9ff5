package io.fulmar.agent.media;

/** Reads a file's bytes from front to back; what is not there is a truncated file. Owned by the call that makes it. */
final class ByteInput {
    private final String what;
    private final byte[] bytes;
    private int at;

    ByteInput(String what, byte[] bytes) {
        this.what = what;
        this.bytes = bytes;
    }

    int position() {
        return at;
    }

    int remaining() {
        return bytes.length - at;
    }

    void seek(long position) {
        if (position < 0 || position > bytes.length) {
            throw MediaException.truncated(what);
        }
        at = (int) position;
    }

    void skip(long count) {
        seek(at + count);
    }

    int u8() {
        if (at >= bytes.length) {
            throw MediaException.truncated(what);
        }
        return bytes[at++] & 0xFF;
    }

    int u16be() {
        int high = u8();
        return (high << 8) | u8();
    }

    int s32be() {
        int high = u16be();
        return (high << 16) | u16be();
    }

    int u16le() {
        int low = u8();
        return low | (u8() << 8);
    }

    int s32le() {
        int low = u16le();
        return low | (u16le() << 16);
    }

    long u32le() {
        return s32le() & 0xFFFF_FFFFL;
    }
}
