package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * A blob that is being fetched: its file holds what has come so far and nothing else, so that its length is where to go
 * on, also after a kill. Owned by the store's thread.
 */
public final class Part implements AutoCloseable {
    private final String sha256;
    private final long size;
    private final Path file;
    private final Path blob;
    private final FileChannel channel;
    private long offset;

    private Part(String sha256, long size, Path file, Path blob, FileChannel channel, long offset) {
        this.sha256 = sha256;
        this.size = size;
        this.file = file;
        this.blob = blob;
        this.channel = channel;
        this.offset = offset;
    }

    /** What became of a blob when its last byte had come. Immutable. */
    public sealed interface Committed {
        /** It is in the store, and a power cut does not take it away. */
        record Kept() implements Committed {}

        /** It is not what its digest says; what had come is deleted. */
        record Wrong(String reason) implements Committed {}
    }

    static Part open(String sha256, long size, Path file, Path blob) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            long length = channel.size();
            if (length > size) { // of another time, or grown by a power cut
                channel.truncate(0);
                length = 0;
            }
            return new Part(sha256, size, file, blob, channel, length);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** How many bytes have come, and so where to go on. */
    public long offset() {
        return offset;
    }

    /** How many bytes there are in all. */
    public long size() {
        return size;
    }

    /** Whether all have come. */
    public boolean isWhole() {
        return offset == size;
    }

    /**
     * Takes bytes that begin there. What has come already is left out; what would leave a hole or is too much is not
     * taken.
     *
     * @return whether something of it was taken
     */
    public boolean append(byte[] bytes, long at) {
        if (at < 0 || at > offset || at + bytes.length <= offset || at + bytes.length > size) {
            return false;
        }
        try {
            ByteBuffer rest = ByteBuffer.wrap(bytes, (int) (offset - at), (int) (at + bytes.length - offset));
            while (rest.hasRemaining()) {
                offset += channel.write(rest, offset);
            }
            return true;
        } catch (IOException e) {
            throw StoreException.failed(file, "written", e);
        }
    }

    /** Checks the whole of it and puts it into the store; this part is over then. */
    public Committed commit() {
        if (!isWhole()) {
            throw new IllegalStateException("only " + offset + " of " + size + " bytes have come");
        }
        try (channel) {
            String digest = digest();
            if (!digest.equals(sha256)) {
                channel.close();
                Files.delete(file);
                return new Committed.Wrong("its digest is " + digest + ", not " + sha256);
            }
            channel.force(true);
            Files.move(file, blob, StandardCopyOption.ATOMIC_MOVE);
            DiskFiles.flushFolderOf(blob);
            return new Committed.Kept();
        } catch (IOException e) {
            throw StoreException.failed(file, "kept", e);
        }
    }

    /** Begins again with the first byte. */
    void restart() {
        try {
            channel.truncate(0);
            offset = 0;
        } catch (IOException e) {
            throw StoreException.failed(file, "emptied", e);
        }
    }

    private String digest() throws IOException {
        MessageDigest digest = Digests.sha256();
        ByteBuffer buffer = ByteBuffer.allocate(Limits.COPY_BYTES);
        for (long at = 0; channel.read(buffer, at) > 0; at += buffer.limit(), buffer.clear()) {
            digest.update(buffer.flip());
        }
        return Digests.of(digest);
    }

    /** Forgets what has come. */
    public void discard() {
        try (channel) {
            Files.deleteIfExists(file);
            offset = 0;
        } catch (IOException e) {
            throw StoreException.failed(file, "deleted", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StoreException.failed(file, "closed", e);
        }
    }
}
