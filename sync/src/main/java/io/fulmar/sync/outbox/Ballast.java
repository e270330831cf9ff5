package io.fulmar.sync.outbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of nothing, given up when the disk is full: deleting rows needs space, too. Owned by the store thread.
 */
final class Ballast {
    static final String NAME = "outbox.ballast";
    private static final Logger LOG = LoggerFactory.getLogger(Ballast.class);
    private static final int CHUNK = 64 * 1024;

    private final Path file;
    private final long bytes;

    Ballast(Path dir, long bytes) {
        this.file = dir.resolve(NAME);
        this.bytes = bytes;
    }

    /** Makes the file if it is not there in full; says whether it is now. */
    boolean takeUp() {
        try {
            if (bytes == 0 || (Files.exists(file) && Files.size(file) == bytes)) {
                return true;
            }
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                for (long written = 0; written < bytes; ) {
                    written += channel.write(ByteBuffer.allocate((int) Math.min(CHUNK, bytes - written)));
                }
            }
            return true;
        } catch (IOException e) {
            giveUp();
            return false;
        }
    }

    void giveUp() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("could not delete {}: {}", file, e.toString());
        }
    }
}
