package io.fulmar.agent.io.source;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings.NumberBytes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Frames of raw numbers, each after the bytes that it begins with where there are any. Owned by the thread that reads. */
final class MarkedFrames implements StreamFrames {
    private final InputStream in;
    private final byte[] start;
    private final RawNumbers numbers;
    private @Nullable Content waiting;
    private boolean begun;
    private long frame;

    MarkedFrames(InputStream in, NumberBytes form, int columns, Beginning beginning) {
        this.in = in;
        this.start = HexFormat.of().parseHex(form.start());
        this.numbers = new RawNumbers(form.element(), columns);
        this.begun = beginning == Beginning.FRAME;
    }

    @Override
    public @Nullable Content next() throws IOException {
        Content kept = waiting;
        if (kept != null) {
            waiting = null;
            return kept;
        }
        long skipped = skip();
        byte[] raw = in.readNBytes(numbers.bytes());
        if (skipped < 0 || raw.length < numbers.bytes()) {
            return null;
        }
        frame++;
        boolean lost = begun && skipped > 0;
        begun = true;
        Content content = new Content.Values(numbers.of(raw, "frame " + frame));
        if (lost) {
            waiting = content;
            throw new SourceException(
                    Category.TRANSIENT,
                    "malformed frame",
                    "before frame " + frame + " came " + skipped + " bytes that belong to none",
                    "look at the wire and at columns, element and start of the pipeline's source");
        }
        return content;
    }

    /** Goes to what is behind the next start; returns how many bytes came before that, -1 at the end. */
    private long skip() throws IOException {
        byte[] bytes = in.readNBytes(start.length);
        long skipped = 0;
        while (bytes.length == start.length && !Arrays.equals(bytes, start)) {
            int one = in.read();
            if (one < 0) {
                return -1;
            }
            System.arraycopy(bytes, 1, bytes, 0, bytes.length - 1);
            bytes[bytes.length - 1] = (byte) one;
            skipped++;
        }
        return bytes.length < start.length ? -1 : skipped;
    }
}
