package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A blob that is being fetched: its file holds what has come so far and nothing else, so that its length is where to go
 * on, also after a kill. A piece that comes before those in front of it waits in a file of its own. Owned by the store's
 * thread.
 */
public final class Part implements AutoCloseable {
    /** Stands between the digest and the offset in the name of a piece that waits. */
    static final String AHEAD = "+";

    private final String sha256;
    private final long size;
    private final Path file;
    private final Path blob;
    private final FileChannel channel;
    private final NavigableMap<Long, Integer> ahead = new TreeMap<>();
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
            Part part = new Part(sha256, size, file, blob, channel, length);
            part.findAhead();
            return part;
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

    /** Which pieces have come behind a hole: where each begins, and how many bytes it has. */
    public NavigableMap<Long, Integer> ahead() {
        return Collections.unmodifiableNavigableMap(ahead);
    }

    /** How many bytes have come in all. */
    public long bytes() {
        return offset + ahead.values().stream().mapToInt(Integer::intValue).sum();
    }

    private void findAhead() throws IOException {
        String prefix = file.getFileName() + AHEAD;
        try (DirectoryStream<Path> pieces = Files.newDirectoryStream(file.resolveSibling("."), prefix + "*")) {
            for (Path piece : pieces) {
                String at = piece.getFileName().toString().substring(prefix.length());
                if (!at.matches("[0-9]{1,12}") || !fits(Long.parseLong(at), Files.size(piece))) {
                    Files.delete(piece);
                } else {
                    ahead.put(Long.parseLong(at), (int) Files.size(piece));
                }
            }
        }
        catchUp();
    }

    private boolean fits(long at, long length) {
        Map.Entry<Long, Integer> before = ahead.lowerEntry(at + length);
        return at > offset
                && length > 0
                && at + length <= size
                && (before == null || before.getKey() + before.getValue() <= at);
    }

    private Path pieceAt(long at) {
        return file.resolveSibling(file.getFileName() + AHEAD + at);
    }

    /** Puts behind what has come in order the pieces that waited for it. */
    private void catchUp() throws IOException {
        for (Map.Entry<Long, Integer> first = ahead.firstEntry();
                first != null && first.getKey() <= offset;
                first = ahead.firstEntry()) {
            ahead.remove(first.getKey());
            byte[] bytes = Files.readAllBytes(pieceAt(first.getKey()));
            if (first.getKey() + bytes.length > offset && first.getKey() + bytes.length <= size) {
                write(bytes, first.getKey());
            }
            Files.delete(pieceAt(first.getKey()));
        }
    }

    private void dropAhead() throws IOException {
        for (Long at : ahead.keySet()) {
            Files.deleteIfExists(pieceAt(at));
        }
        ahead.clear();
    }

    /**
     * Takes bytes that begin there, behind a hole that is filled later.
     *
     * @return whether they were taken: not what has come already, nor more than there are
     */
    public boolean putAhead(byte[] bytes, long at) {
        if (!fits(at, bytes.length)) {
            return false;
        }
        try {
            Files.write(pieceAt(at), bytes);
            ahead.put(at, bytes.length);
            return true;
        } catch (IOException e) {
            throw StoreException.failed(file, "written", e);
        }
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
            write(bytes, at);
            catchUp();
            return true;
        } catch (IOException e) {
            throw StoreException.failed(file, "written", e);
        }
    }

    private void write(byte[] bytes, long at) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes, (int) (offset - at), (int) (at + bytes.length - offset));
        while (rest.hasRemaining()) {
            offset += channel.write(rest, offset);
        }
    }

    /** Checks the whole of it and puts it into the store; this part is over then. */
    public Committed commit() {
        if (!isWhole()) {
            throw new IllegalStateException("only " + offset + " of " + size + " bytes have come");
        }
        try (channel) {
            dropAhead();
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
            dropAhead();
        } catch (IOException e) {
            throw StoreException.failed(file, "emptied", e);
        }
    }

    private String digest() throws IOException {
        MessageDigest digest = Digest.sha256();
        ByteBuffer buffer = ByteBuffer.allocate(Limits.COPY_BYTES);
        for (long at = 0; channel.read(buffer, at) > 0; at += buffer.limit(), buffer.clear()) {
            digest.update(buffer.flip());
        }
        return Digest.of(digest);
    }

    /** Forgets what has come. */
    public void discard() {
        try (channel) {
            Files.deleteIfExists(file);
            dropAhead();
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
