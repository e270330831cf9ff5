package io.fulmar.model.delta;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * Makes and applies patches: how to build one blob out of another.
 *
 * <p>A patch is a list of steps. Each takes a run of the old blob, adds a difference to it byte by byte, and puts new bytes
 * behind it. In what a retrained model shares with the one before, the differences are zeros, and in weights that moved a
 * little they are small; both deflate well (the idea of Percival, "Naive differences of executable code", 2003). Layout:
 * {@code FPD1}, then as numbers of 7 bits a byte the size of the new blob and the lengths of the first two of three deflated
 * parts (RFC 1951): the steps, the differences, the new bytes.
 *
 * <p>A patch proves nothing: whoever applies one compares the digest of what comes out. Thread-safe.
 */
public final class Delta {
    private static final byte[] MAGIC = "FPD1".getBytes(StandardCharsets.US_ASCII);
    private static final int BUFFER = 16 << 10;

    private Delta() {}

    /** The patch that makes {@code now} out of {@code old}; both stay in memory, with about as much again. */
    public static byte[] between(byte[] old, byte[] now) {
        Patch patch = new Patch();
        Anchors anchors = new Anchors(old);
        int at = 0;
        long shift = 0; // the run begins at old[at + shift]
        while (at < now.length) {
            int run = Runs.forward(old, at + shift, now, at);
            int next = at + run;
            int found = anchors.find(now, next);
            int resumed = now.length;
            long newShift = shift;
            if (found < now.length) {
                newShift = (long) anchors.position() - found;
                resumed = found - Runs.backward(old, found + newShift, now, found, found - next);
            }
            if (resumed > at) {
                patch.step(old, at + shift, now, at, run, resumed - next);
            }
            at = resumed;
            shift = newShift;
        }
        return patch.bytes(now.length);
    }

    /**
     * Writes what the patch makes of the old blob, with buffers of a few kilobytes.
     *
     * @param size how large the result must be
     * @throws DeltaException if the patch does not fit the old blob, or makes something of another size
     */
    public static void apply(FileChannel old, FileChannel patch, long size, OutputStream out) throws IOException {
        try {
            applyWhole(old, patch, size, out);
        } catch (EOFException | ZipException e) {
            throw new DeltaException("it is cut short or damaged", e);
        }
    }

    private static void applyWhole(FileChannel old, FileChannel patch, long size, OutputStream out) throws IOException {
        Slice head = new Slice(patch, 0, patch.size());
        if (!Arrays.equals(head.readNBytes(MAGIC.length), MAGIC)) {
            throw new DeltaException("it does not begin as a patch");
        }
        long promised = number(head);
        if (promised != size) {
            throw new DeltaException("it makes " + promised + " bytes, not " + size);
        }
        long stepBytes = number(head);
        long differenceBytes = number(head);
        long from = head.position();
        long rest = patch.size() - from;
        if (stepBytes > rest || differenceBytes > rest - stepBytes) {
            throw new DeltaException("it is cut short");
        }
        try (InflaterInputStream steps = inflated(new Slice(patch, from, stepBytes));
                InflaterInputStream differences = inflated(new Slice(patch, from + stepBytes, differenceBytes));
                InflaterInputStream fresh = inflated(
                        new Slice(patch, from + stepBytes + differenceBytes, rest - stepBytes - differenceBytes))) {
            build(old, steps, differences, fresh, size, out);
        }
    }

    private static void build(
            FileChannel old,
            InflaterInputStream steps,
            InflaterInputStream differences,
            InflaterInputStream fresh,
            long size,
            OutputStream out)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        byte[] before = new byte[BUFFER];
        long left = size;
        long position = 0;
        while (left > 0) {
            long run = number(steps);
            position += unfolded(number(steps));
            long added = number(steps);
            if (run > left || added > left - run || run + added == 0) {
                throw new DeltaException("its steps make another size");
            }
            if (position < 0 || position > old.size() || run > old.size() - position) {
                throw new DeltaException("it takes bytes that the old blob does not have");
            }
            left -= run + added;
            while (run > 0) {
                int part = (int) Math.min(run, BUFFER);
                readFully(differences, buffer, part);
                readFully(old, position, before, part);
                for (int i = 0; i < part; i++) {
                    buffer[i] += before[i];
                }
                out.write(buffer, 0, part);
                position += part;
                run -= part;
            }
            while (added > 0) {
                int part = (int) Math.min(added, BUFFER);
                readFully(fresh, buffer, part);
                out.write(buffer, 0, part);
                added -= part;
            }
        }
        if (steps.read() >= 0 || differences.read() >= 0 || fresh.read() >= 0) {
            throw new DeltaException("something follows behind its last step");
        }
    }

    private static InflaterInputStream inflated(Slice slice) {
        return new InflaterInputStream(slice, new Inflater(true), BUFFER) {
            @Override
            public void close() throws IOException {
                inf.end(); // one that was handed in is not ended otherwise
                super.close();
            }
        };
    }

    private static void readFully(InputStream in, byte[] to, int length) throws IOException {
        if (in.readNBytes(to, 0, length) < length) {
            throw new EOFException();
        }
    }

    private static void readFully(FileChannel from, long position, byte[] to, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(to, 0, length);
        while (buffer.hasRemaining()) {
            if (from.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException();
            }
        }
    }

    private static long number(InputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new DeltaException("a number in it is too large");
    }

    private static void number(ByteArrayOutputStream out, long value) {
        long left = value;
        while (left >= 0x80) {
            out.write((int) (left & 0x7F) | 0x80);
            left >>>= 7;
        }
        out.write((int) left);
    }

    /** A signed number as one that is small when it is near zero on either side. */
    private static long folded(long value) {
        return value << 1 ^ value >> 63;
    }

    private static long unfolded(long value) {
        return value >>> 1 ^ -(value & 1);
    }

    /** The three parts of a patch that is being made. Owned by its maker. */
    private static final class Patch {
        private final ByteArrayOutputStream steps = new ByteArrayOutputStream();
        private final ByteArrayOutputStream differences = new ByteArrayOutputStream();
        private final ByteArrayOutputStream fresh = new ByteArrayOutputStream();
        private long position;

        void step(byte[] old, long oldAt, byte[] now, int at, int run, int added) {
            number(steps, run);
            number(steps, folded(run == 0 ? 0 : oldAt - position));
            number(steps, added);
            for (int i = 0; i < run; i++) {
                differences.write(now[at + i] - old[(int) oldAt + i]);
            }
            fresh.write(now, at + run, added);
            position = run == 0 ? position : oldAt + run;
        }

        byte[] bytes(long size) {
            byte[] first = deflated(steps);
            byte[] second = deflated(differences);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(MAGIC);
            number(all, size);
            number(all, first.length);
            number(all, second.length);
            all.writeBytes(first);
            all.writeBytes(second);
            all.writeBytes(deflated(fresh));
            return all.toByteArray();
        }

        private static byte[] deflated(ByteArrayOutputStream part) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
            try (DeflaterOutputStream deflating = new DeflaterOutputStream(out, deflater)) {
                part.writeTo(deflating);
            } catch (IOException e) {
                throw new IllegalStateException("memory does not fail", e);
            } finally {
                deflater.end();
            }
            return out.toByteArray();
        }
    }
}
