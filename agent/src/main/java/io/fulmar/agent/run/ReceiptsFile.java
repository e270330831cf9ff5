package io.fulmar.agent.run;

import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stream;
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
 * A ledger beside the store, for proofs: a line {@code R epoch stream seq sha256 wallMillis} for each receipt and a line
 * {@code A epoch stream upTo wallMillis} whenever the fleet has taken over more rows.
 *
 * <p>One plain write a commit survives SIGKILL; it is not forced, since the store is what survives a power cut. Owned by
 * the store thread.
 */
public final class ReceiptsFile implements ReceiptListener, AutoCloseable {
    private final FileChannel channel;

    private ReceiptsFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Opens the file for appending; a last line that a kill cut off promised nothing and goes. */
    public static ReceiptsFile open(Path file) {
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            channel.truncate(endOfLastLine(channel));
            channel.position(channel.size());
            return new ReceiptsFile(channel);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the receipts file " + file + ": " + e.getMessage(), e);
        }
    }

    private static long endOfLastLine(FileChannel channel) throws IOException {
        long end = channel.size();
        ByteBuffer last = ByteBuffer.allocate(1);
        while (end > 0) {
            channel.read(last.clear(), end - 1);
            if (last.get(0) == '\n') {
                break;
            }
            end--;
        }
        return end;
    }

    @Override
    public void committed(List<Received> receipts, long commitWallMillis) {
        StringBuilder lines = new StringBuilder(receipts.size() * 128);
        for (Received received : receipts) {
            String digest = HexFormat.of().formatHex(sha256().digest(received.record()));
            Receipt receipt = received.receipt();
            start(lines, 'R', receipt.epoch(), receipt.stream(), receipt.seq())
                    .append(' ')
                    .append(digest);
            lines.append(' ').append(commitWallMillis).append('\n');
        }
        write(lines);
    }

    @Override
    public void acknowledged(StreamState state, long wallMillis) {
        StringBuilder line = start(new StringBuilder(), 'A', state.epoch(), state.stream(), state.acknowledged());
        write(line.append(' ').append(wallMillis).append('\n'));
    }

    private static StringBuilder start(StringBuilder lines, char kind, long epoch, Stream stream, long seq) {
        return lines.append(kind)
                .append(' ')
                .append(Epochs.text(epoch))
                .append(' ')
                .append(stream.topicName())
                .append(' ')
                .append(seq);
    }

    private void write(StringBuilder lines) {
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the receipts file: " + e.getMessage(), e);
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
