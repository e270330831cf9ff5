package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Stream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a store was when it was last looked at: its epoch, its boot counter and the book of each stream. Immutable. */
record Figures(long epoch, int boot, Map<Stream, Book> books) {
    private static final long MAGIC = 0x46554c4d41523031L;
    private static final int SUM_BYTES = 16;

    /** Bytes of {@link #encode}. */
    static final int BYTES = 3 * Long.BYTES + 3 * Book.BYTES + SUM_BYTES;

    Figures {
        books = Map.copyOf(books);
    }

    Book book(Stream stream) {
        return books.getOrDefault(stream, Book.empty(stream));
    }

    ByteBuffer encode() {
        ByteBuffer buffer =
                ByteBuffer.allocate(BYTES).putLong(MAGIC).putLong(epoch).putLong(boot);
        for (Stream stream : Stream.values()) {
            book(stream).write(buffer);
        }
        buffer.put(sum(buffer.array(), buffer.position()));
        return buffer.flip();
    }

    /** The figures in those bytes; null when they are not whole. */
    static @Nullable Figures decode(byte[] bytes) {
        if (bytes.length != BYTES) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        byte[] sum = sum(bytes, BYTES - SUM_BYTES);
        if (buffer.getLong() != MAGIC
                || !buffer.slice(BYTES - SUM_BYTES, SUM_BYTES).equals(ByteBuffer.wrap(sum))) {
            return null;
        }
        long epoch = buffer.getLong();
        int boot = (int) buffer.getLong();
        Map<Stream, Book> books = new EnumMap<>(Stream.class);
        for (Stream stream : Stream.values()) {
            books.put(stream, Book.read(stream, buffer));
        }
        return new Figures(epoch, boot, books);
    }

    /** The first 16 bytes of SHA-256 over the first bytes of the array. */
    static byte[] sum(byte[] bytes, int length) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(bytes, 0, length);
            return Arrays.copyOf(sha256.digest(), SUM_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
