package io.fulmar.sync.outbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the directory of a new store, and makes it last: SQLite flushes its names, but nobody else flushes the directory's own. */
final class StateDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(StateDirectory.class);

    private StateDirectory() {}

    /** Makes it where it is missing, for its owner only: what a device saw and what its programs must know is nobody else's. */
    static void create(Path dir) throws IOException {
        if (!Files.isDirectory(dir)) {
            Files.createDirectories(
                    dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** Flushes the directory and those above it on the same file system, any of which may have been made just now. */
    static void flush(Path dir) throws IOException {
        FileStore fileSystem = Files.getFileStore(dir);
        for (Path folder = dir.toAbsolutePath();
                folder != null
                        && Files.isReadable(folder)
                        && Files.getFileStore(folder).equals(fileSystem);
                folder = folder.getParent()) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                // some file systems cannot flush a directory; SQLite goes on then, too
                LOG.warn("could not flush {}, a power cut may take the new store with it: {}", folder, e.toString());
            }
        }
    }
}
