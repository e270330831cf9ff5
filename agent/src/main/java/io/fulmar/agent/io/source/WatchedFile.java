package io.fulmar.agent.io.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file as it was found; one that was written to since is another one. Immutable.
 *
 * @param modified in nanoseconds since 1970
 */
record WatchedFile(Path path, long size, long modified) {

    /** The file as it is now; null if there is no plain file. */
    static @Nullable WatchedFile at(Path path) {
        try {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return now.isRegularFile()
                    ? new WatchedFile(path, now.size(), now.lastModifiedTime().to(TimeUnit.NANOSECONDS))
                    : null;
        } catch (IOException e) {
            return null; // it was taken away
        }
    }

    String name() {
        return String.valueOf(path.getFileName());
    }

    /** Whether nobody has changed or replaced it. */
    boolean isUnchanged() {
        return equals(at(path));
    }
}
