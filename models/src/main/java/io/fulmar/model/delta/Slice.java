package io.fulmar.model.delta;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of a file as a stream; does not move the file's own position, nor close it. Owned by its reader. */
final class Slice extends InputStream {
    private final FileChannel file;
    private final long end;
    private long at;

    Slice(FileChannel file, long from, long length) {
        this.file = file;
        this.at = from;
        this.end = from + length;
    }

    /** Where in the file the next byte is. */
    long position() {
        return at;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
        if (at >= end) {
            return -1;
        }
        int count = file.read(ByteBuffer.wrap(to, from, (int) Math.min(length, end - at)), at);
        at += Math.max(count, 0);
        return count;
    }
}
