package io.fulmar.sync.wire;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Raw deflate (RFC 1951) within a limit that no bomb gets past. Thread-safe. */
final class Compression {
    private static final int CHUNK = 16 * 1024;

    private Compression() {}

    /** The deflated bytes; null when they would not be smaller. */
    static byte @Nullable [] deflate(byte[] bytes) {
        if (bytes.length < Limits.DEFLATE_FROM_BYTES) {
            return null;
        }
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            deflater.setInput(bytes);
            deflater.finish();
            byte[] smaller = new byte[bytes.length - 1];
            int length = deflater.deflate(smaller);
            return deflater.finished() ? Arrays.copyOf(smaller, length) : null;
        } finally {
            deflater.end();
        }
    }

    static byte[] inflate(byte[] bytes, int limit) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(bytes);
            ByteArrayOutputStream inflated = new ByteArrayOutputStream(Math.min(limit, 4 * bytes.length + 64));
            byte[] chunk = new byte[CHUNK];
            while (!inflater.finished()) {
                int length = inflater.inflate(chunk);
                if (length == 0 && !inflater.finished()) {
                    throw new WireException("the deflated payload ends too early");
                }
                if (inflated.size() + length > limit) {
                    throw new WireException("the payload inflates to more than " + limit + " bytes");
                }
                inflated.write(chunk, 0, length);
            }
            if (inflater.getRemaining() > 0) {
                throw new WireException(inflater.getRemaining() + " bytes follow after the deflated payload");
            }
            return inflated.toByteArray();
        } catch (DataFormatException e) {
            throw new WireException("the payload is not deflated: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }
}
