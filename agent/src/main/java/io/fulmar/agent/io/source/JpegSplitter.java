package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Cuts JPEGs that follow each other (MJPEG) apart. It goes from segment to segment (ITU-T T.81, B.1.1), so that a small picture
 * inside of another one, as cameras put into their header, does not end it. Owned by the thread that reads.
 */
final class JpegSplitter {
    private static final int MARK = 0xFF;
    private static final int START = 0xD8;
    private static final int END = 0xD9;
    private static final int SCAN = 0xDA;
    private static final int RESTART_FIRST = 0xD0;
    private static final int RESTART_LAST = 0xD7;
    private static final int TEMPORARY = 0x01;
    private static final int GONE = -1;

    private final InputStream in;
    private final long maxSize;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    JpegSplitter(InputStream in, long maxSize) {
        this.in = in;
        this.maxSize = maxSize;
    }

    /**
     * The next picture, null at the end.
     *
     * @throws SourceException if one is damaged or too large; the next one is looked for behind that
     */
    byte @Nullable [] next() throws IOException {
        if (!atStart()) {
            return null;
        }
        bytes.reset();
        bytes.write(MARK);
        bytes.write(START);
        int marker = marker();
        while (marker != END && marker != GONE) {
            mark(marker);
            if (marker != TEMPORARY && !isRestart(marker) && !segment()) {
                return null;
            }
            marker = marker == SCAN ? scan() : marker();
        }
        if (marker == GONE) {
            return null;
        }
        mark(END);
        return bytes.toByteArray();
    }

    private boolean atStart() throws IOException {
        int before = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (before == MARK && b == START) {
                return true;
            }
            before = b;
        }
        return false;
    }

    private int marker() throws IOException {
        int b = in.read();
        if (b >= 0 && b != MARK) {
            throw damaged("has something else where a segment begins");
        }
        while (b == MARK) {
            b = in.read();
        }
        if (b == 0) {
            throw damaged("has something else where a segment begins");
        }
        return b;
    }

    /** Copies the length and the content of a segment; false at the end of all. */
    private boolean segment() throws IOException {
        int high = in.read();
        int low = in.read();
        if (low < 0) {
            return false;
        }
        int length = (high << 8 | low) - 2;
        if (length < 0) {
            throw damaged("has a segment of no length");
        }
        bytes.write(high);
        bytes.write(low);
        byte[] content = in.readNBytes(length);
        put(content, content.length);
        return content.length == length;
    }

    /** Copies coded data up to the next marker, and returns that. */
    private int scan() throws IOException {
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b != MARK) {
                put(b);
                continue;
            }
            int next = in.read();
            while (next == MARK) {
                next = in.read();
            }
            if (next != 0 && !isRestart(next)) {
                return next;
            }
            put(MARK);
            put(next);
        }
        return GONE;
    }

    private static boolean isRestart(int marker) {
        return marker >= RESTART_FIRST && marker <= RESTART_LAST;
    }

    private void mark(int marker) {
        put(MARK);
        put(marker);
    }

    private void put(int b) {
        room(1);
        bytes.write(b);
    }

    private void put(byte[] content, int length) {
        room(length);
        bytes.write(content, 0, length);
    }

    private void room(int more) {
        if (bytes.size() + (long) more > maxSize) {
            throw damaged("is larger than max_size");
        }
    }

    private static SourceException damaged(String how) {
        return new SourceException(
                Category.TRANSIENT, "damaged picture", "a JPEG of the stream " + how, "look at what writes it");
    }
}
