package io.fulmar.sync.wire;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one device in a file, for where no network carries them. It is written as it is read, from the first byte to the last:
 * a line that says what it is, the device, each batch as it would travel over MQTT, and an end that says how many there were, so
 * that a copy that broke off is not taken for a whole one. What was altered is found by the hash chain of each batch.
 *
 * <p>The line is {@code fulmar rows 1}; the device stands as two bytes of length and UTF-8; a batch as the number of its stream (1
 * byte), whether it is deflated (1 byte), its length (4 bytes) and its bytes; the end as a 0 (1 byte) and the number of batches (4
 * bytes); numbers are big-endian.
 */
public final class RowsFile {
    /** The content type of such a file. */
    public static final String TYPE = "application/vnd.fulmar.rows";

    private static final String MAGIC = "fulmar rows 1\n";
    private static final int END = 0;

    private RowsFile() {}

    /** Writes such a file; nobody takes it for whole before {@link #end}. Owned by its thread. */
    public static final class Writer {
        private final DataOutputStream out;
        private int batches;

        public Writer(OutputStream out, String device) throws IOException {
            this.out = new DataOutputStream(out);
            this.out.writeBytes(MAGIC);
            this.out.writeUTF(device);
        }

        public void write(Batch batch) throws IOException {
            byte[] bytes = BatchCodec.encode(batch);
            byte[] deflated = Compression.deflate(bytes);
            byte[] payload = deflated == null ? bytes : deflated;
            out.writeByte(batch.stream().number());
            out.writeBoolean(deflated != null);
            out.writeInt(payload.length);
            out.write(payload);
            batches++;
        }

        /** Says that this is all; the stream stays open. */
        public void end() throws IOException {
            out.writeByte(END);
            out.writeInt(batches);
            out.flush();
        }
    }

    /** Reads such a file. A {@link WireException} says why it is none, or where it is damaged. Owned by its thread. */
    public static final class Reader implements Closeable {
        private final DataInputStream in;
        private final String device;
        private int batches;

        public Reader(InputStream from) throws IOException {
            in = new DataInputStream(from);
            device = begun();
        }

        private String begun() throws IOException {
            try {
                for (int i = 0; i < MAGIC.length(); i++) {
                    if (in.readUnsignedByte() != MAGIC.charAt(i)) {
                        throw new WireException("this is no file of rows, or one of another version of Fulmar");
                    }
                }
                String name = in.readUTF();
                if (!Topics.isDeviceId(name)) {
                    throw new WireException("the file names no device");
                }
                return name;
            } catch (EOFException e) {
                throw new WireException("the file ends before it says whose rows it has", e);
            }
        }

        /** Whose rows they are. */
        public String device() {
            return device;
        }

        /** The next batch; null when there is none left. */
        public @Nullable Batch next() throws IOException {
            try {
                int number = in.readUnsignedByte();
                if (number == END) {
                    int said = in.readInt();
                    if (said != batches) {
                        throw new WireException("the file has " + batches + " batches and says " + said);
                    }
                    return null;
                }
                boolean deflated = in.readBoolean();
                int length = in.readInt();
                if (length < 0 || length > Limits.INFLATED_BYTES) {
                    throw new WireException("batch " + (batches + 1) + " cannot have " + length + " bytes");
                }
                byte[] payload = in.readNBytes(length);
                if (payload.length < length) {
                    throw new EOFException();
                }
                byte[] bytes = deflated ? Compression.inflate(payload, Limits.INFLATED_BYTES) : payload;
                Batch batch = BatchCodec.decode(Stream.of(number), bytes);
                batches++;
                return batch;
            } catch (EOFException e) {
                throw new WireException(
                        "the file ends within batch " + (batches + 1) + ": it is not the whole file", e);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
