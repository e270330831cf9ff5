package io.fulmar.agent.command.handlers;

import io.fulmar.agent.pipeline.Judged;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Inputs as one NumPy array (format 1.0) of 32-bit floats, one input after the other along its first dimension. The header
 * has a fixed length, so that the number of inputs is put right whenever more are there. Owned by the command thread.
 */
final class NpyInputs implements CaptureFile.InputsWriter {
    private static final int HEADER_BYTES = 256;
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

    private final FileChannel channel;
    private final int[] shape;
    private long end = HEADER_BYTES;

    NpyInputs(Path file, int[] shape) throws IOException {
        this.shape = shape.clone();
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        flush(0);
    }

    @Override
    public void add(Judged frame) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(Float.BYTES * frame.input().length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(frame.input());
        end += write(bytes, end);
    }

    @Override
    public void flush(int count) throws IOException {
        StringBuilder dimensions = new StringBuilder().append(count).append(",");
        // a batch of one is the model's way to take a single input
        for (int i = shape.length > 1 && shape[0] == 1 ? 1 : 0; i < shape.length; i++) {
            dimensions.append(" ").append(shape[i]).append(",");
        }
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + "), }";
        int length = HEADER_BYTES - MAGIC.length - Short.BYTES;
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putShort((short) length);
        header.put((text + " ".repeat(length - 1 - text.length()) + "\n").getBytes(StandardCharsets.US_ASCII));
        write(header.flip(), 0);
    }

    private int write(ByteBuffer bytes, long at) throws IOException {
        bytes.rewind();
        int written = 0;
        while (bytes.hasRemaining()) {
            written += channel.write(bytes, at + written);
        }
        return written;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
