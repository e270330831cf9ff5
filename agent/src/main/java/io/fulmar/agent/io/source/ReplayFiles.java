package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the files of a replay. Immutable. */
final class ReplayFiles {
    private ReplayFiles() {}

    /**
     * The file itself, or the matching files of the folder by name.
     *
     * @throws SourceException if there is none
     */
    static List<Path> of(SourceSettings.Replay replay) {
        if (!Files.isDirectory(replay.path())) {
            return List.of(replay.path());
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> matching = Files.newDirectoryStream(replay.path(), replay.match())) {
            for (Path file : matching) {
                if (Files.isRegularFile(file) && files.size() < Limits.REPLAY_FILES) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw unreadable(replay.path(), e);
        }
        if (files.isEmpty()) {
            throw new SourceException(
                    Category.PERMANENT,
                    "nothing to replay",
                    "no file in " + replay.path() + " matches " + replay.match(),
                    "check path and match of the replay source");
        }
        files.sort(null);
        return List.copyOf(files);
    }

    static SourceException unreadable(Path file, IOException e) {
        return new SourceException(
                Category.TRANSIENT,
                "unreadable " + file,
                "cannot read " + file + ": " + e,
                "check that the file is there and readable by this user");
    }
}
