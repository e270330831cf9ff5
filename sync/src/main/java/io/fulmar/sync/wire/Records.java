package io.fulmar.sync.wire;

/** Turns records into the bytes of a row and back. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class Records {
    private Records() {}

    public static byte[] encode(DeviceRecord record) {
        throw new UnsupportedOperationException();
    }

    /** The record of those bytes; a {@link WireException} says why they are none. */
    public static DeviceRecord decode(byte[] bytes) {
        throw new UnsupportedOperationException();
    }
}
