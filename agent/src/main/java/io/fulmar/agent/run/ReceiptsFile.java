package io.fulmar.agent.run;

import io.fulmar.sync.wire.Epochs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A ledger of receipts beside the store, for proofs: one line a receipt, {@code epoch stream seq sha256 commitWallMillis}.
 * One plain write a commit survives SIGKILL; it is not forced, since the store is what survives a power cut. Owned by the
 * store thread.
 */
public final class ReceiptsFile implements ReceiptListener, AutoCloseable {
    private final FileChannel channel;

    private ReceiptsFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Opens the file for appending. */
    public static ReceiptsFile open(Path file) {
        try {
            return new ReceiptsFile(FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the receipts file " + file, e);
        }
    }

    @Override
    public void committed(List<Received> receipts, long commitWallMillis) {
        StringBuilder lines = new StringBuilder(receipts.size() * 128);
        for (Received received : receipts) {
            lines.append(Epochs.text(received.receipt().epoch()))
                    .append(' ')
                    .append(received.receipt().stream().topicName())
                    .append(' ')
                    .append(received.receipt().seq())
                    .append(' ')
                    .append(HexFormat.of().formatHex(sha256().digest(received.record())))
                    .append(' ')
                    .append(commitWallMillis)
                    .append('\n');
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the receipts file", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
