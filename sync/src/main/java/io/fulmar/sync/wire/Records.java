package io.fulmar.sync.wire;

/** Turns records into the bytes of a row and back. Thread-safe. */
public final class Records {
    private Records() {}

    public static byte[] encode(DeviceRecord record) {
        throw new UnsupportedOperationException();
    }

    /** @throws WireException when the bytes are no record */
    public static DeviceRecord decode(byte[] bytes) {
        throw new UnsupportedOperationException();
    }
}
