package io.fulmar.sync.outbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file beside the database that remembers how far each stream had come. Written after every commit and never
 * flushed on purpose: after a power cut it may lag behind the database, but it can never be ahead of one that is whole.
 * If it is, committed rows have vanished, which SQLite itself does not notice when its log rots. It also says what is
 * missing when the database cannot be read at all, and answers {@code inspect} while the agent runs. Owned by the store
 * thread.
 */
final class Highwater {
    static final String NAME = "outbox.highwater";
    private static final Logger LOG = LoggerFactory.getLogger(Highwater.class);

    private final Path file;
    private @Nullable FileChannel channel;

    Highwater(Path dir) {
        this.file = dir.resolve(NAME);
    }

    /** What was remembered; null when there is nothing or it is not whole. */
    static @Nullable Figures read(Path dir) {
        try {
            return Figures.decode(Files.readAllBytes(dir.resolve(NAME)));
        } catch (IOException e) {
            return null;
        }
    }

    void write(Figures figures) {
        try {
            FileChannel open = channel;
            if (open == null) {
                open = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                channel = open;
            }
            open.write(figures.encode(), 0);
        } catch (IOException e) {
            LOG.warn("could not write {}: {}", file, e.toString());
            close();
        }
    }

    void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.warn("could not close {}: {}", file, e.toString());
        }
        channel = null;
    }
}
