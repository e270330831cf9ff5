package io.fulmar.cli.demo;

import io.fulmar.model.disk.DiskFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a demo's databases, receipts and logs are: a folder of the user's, or a temporary one that goes at the end. Owned by one thread. */
final class DemoFolder implements AutoCloseable {
    private final Path path;
    private boolean temporary;

    private DemoFolder(Path path, boolean temporary) {
        this.path = path;
        this.temporary = temporary;
    }

    /**
     * @param keep the folder to use and keep; null for a temporary one
     * @throws IOException if {@code keep} holds something already, or cannot be made
     */
    static DemoFolder create(@Nullable Path keep) throws IOException {
        if (keep == null) {
            return new DemoFolder(Files.createTempDirectory("fulmar-demo-"), true);
        }
        Files.createDirectories(keep);
        try (Stream<Path> content = Files.list(keep)) {
            if (content.findAny().isPresent()) {
                throw new IOException(keep + " is not empty; --keep takes an empty or absent folder");
            }
        }
        return new DemoFolder(keep.toAbsolutePath(), false);
    }

    Path path() {
        return path;
    }

    /** Leaves a temporary folder where it is, for somebody to look into. */
    void keep() {
        temporary = false;
    }

    @Override
    public void close() throws IOException {
        if (temporary) {
            DiskFiles.delete(path);
        }
    }
}
