package io.fulmar.agent.run;

import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger beside the store, for proofs: a line {@code R epoch stream seq sha256 wallMillis} for each receipt and a line
 * {@code A epoch stream upTo wallMillis} whenever the fleet has taken over more rows.
 *
 * <p>One plain write a commit survives SIGKILL; it is not forced, since the store is what survives a power cut. What a
 * full disk does not take is left out, since nothing may stop the store: the file may lack receipts, and never has one too
 * many. Owned by the store thread.
 */
public final class ReceiptsFile implements ReceiptListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReceiptsFile.class);

    private final Path file;
    private final FileChannel channel;
    /** Where the next line begins: behind the last one that was written in full. */
    private long end;

    private boolean failing;

    private ReceiptsFile(Path file, FileChannel channel, long end) {
        this.file = file;
        this.channel = channel;
        this.end = end;
    }

    /** Opens the file for appending; a last line that a kill cut off promised nothing and goes. */
    public static ReceiptsFile open(Path file) {
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            long end = endOfLastLine(channel);
            channel.truncate(end);
            return new ReceiptsFile(file, channel, end);
        } catch (IOException e) {
            throw new PipelineException(
                    "the receipts file " + file + " cannot be opened: " + e,
                    "choose a file that can be written, in a folder that exists");
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
                channel.write(bytes, end + bytes.position());
            }
            end += bytes.limit();
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("receipts are missing in {} until it can be written again: {}", file, e.toString());
            }
            failing = true;
            cutOffWhatIsNotWhole();
        }
    }

    private void cutOffWhatIsNotWhole() {
        try {
            channel.truncate(end);
        } catch (IOException e) {
            LOG.debug("could not shorten {}: {}", file, e.toString()); // the next line is written over it
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
