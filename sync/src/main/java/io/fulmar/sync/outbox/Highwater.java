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
 * missing when the database cannot be read at all, for which it is flushed before a database is set aside, and answers
 * {@code inspect} while the agent runs. Owned by the store thread.
 */
final class Highwater {
    static final String NAME = "outbox.highwater";
    private static final Logger LOG = LoggerFactory.getLogger(Highwater.class);

    private final Path dir;
    private final Path file;
    private @Nullable FileChannel channel;

    Highwater(Path dir) {
        this.dir = dir;
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

    /** Makes figures outlast a power cut, for the time when no database does. */
    void keep(Figures figures) {
        write(figures);
        try {
            if (channel != null) {
                channel.force(true);
            }
            StateDirectory.flush(dir);
        } catch (IOException e) {
            LOG.warn("could not flush {}: {}", file, e.toString());
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
