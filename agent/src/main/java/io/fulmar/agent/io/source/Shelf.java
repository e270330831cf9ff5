package io.fulmar.agent.io.source;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A folder that files are put away into; when it is full, the oldest of them are deleted. Owned by the pipeline's thread. */
final class Shelf {
    private final Path folder;
    private final int room;

    Shelf(Path folder, int room) {
        this.folder = folder;
        this.room = room;
    }

    /** Moves the file there, under a name that nothing else has. */
    void take(WatchedFile file) throws IOException {
        Files.createDirectories(folder);
        Files.move(file.path(), free(file));
        trim();
    }

    private Path free(WatchedFile file) {
        String name = file.name();
        int dot = name.lastIndexOf('.');
        String stem = dot < 0 ? name : name.substring(0, dot);
        String end = dot < 0 ? "" : name.substring(dot);
        Path target = folder.resolve(name);
        for (int i = 1; Files.exists(target); i++) {
            target = folder.resolve(stem + "-" + i + end);
        }
        return target;
    }

    private void trim() throws IOException {
        List<WatchedFile> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path each : all) {
                WatchedFile file = WatchedFile.at(each);
                if (file != null) {
                    files.add(file);
                }
            }
        }
        files.sort(Comparator.comparingLong(WatchedFile::modified).thenComparing(WatchedFile::path));
        for (WatchedFile oldest : files.subList(0, Math.max(0, files.size() - room))) {
            Files.deleteIfExists(oldest.path());
        }
    }
}
