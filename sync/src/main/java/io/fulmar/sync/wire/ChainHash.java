package io.fulmar.sync.wire;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The hash that ties a row to all rows before it: the first 16 bytes of SHA-256 over the hash before it (16 bytes), the
 * epoch (8), the stream's number (1), the sequence (8) and the record's bytes, all big-endian. Before the first row
 * stands {@link #ZERO}. Whoever agrees on the hash of a row agrees on every row up to it. Immutable.
 */
public record ChainHash(long high, long low) {
    /** Bytes of a hash. */
    public static final int BYTES = 16;

    /** The hash before the first row of an epoch. */
    public static final ChainHash ZERO = new ChainHash(0, 0);

    public static ChainHash of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new WireException("a chain hash has " + BYTES + " bytes, not " + bytes.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new ChainHash(buffer.getLong(), buffer.getLong());
    }

    public static ChainHash parse(String text) {
        if (text.length() != 2 * BYTES || !Epochs.isLowerHex(text)) {
            throw new WireException(
                    "a chain hash has 32 lower-case hex digits, not '" + WireException.shorten(text) + "'");
        }
        return of(HexFormat.of().parseHex(text));
    }

    /** The hash of the row with that sequence, where this is the hash of the row before it. */
    public ChainHash next(long epoch, Stream stream, long seq, byte[] record) {
        MessageDigest sha256 = sha256();
        sha256.update(ByteBuffer.allocate(BYTES + Long.BYTES + 1 + Long.BYTES)
                .putLong(high)
                .putLong(low)
                .putLong(epoch)
                .put((byte) stream.number())
                .putLong(seq)
                .flip());
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(record));
        return new ChainHash(digest.getLong(), digest.getLong());
    }

    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    /** 32 lower-case hex digits. */
    public String text() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    @Override
    public String toString() {
        return text();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
