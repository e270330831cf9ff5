package io.fulmar.sync.mqtt;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/**
 * Reads along in what the broker sends and ends the connection at the header of a packet that is too large, before the
 * client makes room for it.
 *
 * <p>A broker is told the limit and should keep to it; one that does not must not be able to fill the memory.
 *
 * <p>Owned by the receiving thread.
 */
final class PacketLimit extends FilterInputStream {
    private final long limit;
    private final Consumer<Loss> failing;
    private long left;
    private long length;
    private int header;

    /** @param failing told why, before the exception is thrown */
    PacketLimit(InputStream in, long limit, Consumer<Loss> failing) {
        super(in);
        this.limit = limit;
        this.failing = failing;
    }

    @Override
    public int read() throws IOException {
        int b = super.read();
        if (b >= 0) {
            pass((byte) b);
        }
        return b;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
        int read = super.read(bytes, from, count);
        for (int i = 0; i < read; ) {
            if (left > 0) {
                int skipped = (int) Math.min(left, read - i);
                left -= skipped;
                i += skipped;
            } else {
                pass(bytes[from + i]);
                i++;
            }
        }
        return read;
    }

    /** Takes one byte: of a packet's content, its type, or its length, seven bits at a time from the lowest. */
    private void pass(byte b) throws IOException {
        if (left > 0) {
            left--;
        } else if (header == 0) {
            header = 1;
            length = 0;
        } else {
            length |= (b & 0x7FL) << (7 * (header - 1));
            header++;
            if (b >= 0) {
                begin(header + length);
            }
        }
    }

    private void begin(long size) throws IOException {
        if (size > limit) {
            String reason = "the broker sent a packet of " + size + " bytes; at most " + limit + " are taken";
            failing.accept(new Loss(
                    LinkEvent.Kind.LIMIT,
                    reason,
                    "find out who publishes such a message to a topic of this client; a retained one must be removed"));
            throw new IOException(reason);
        }
        left = length;
        header = 0;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
