package io.fulmar.agent.io.source;

import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceException.Category;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds files that are complete: those that are the same at two looks. It asks the file system each time, so that it misses
 * nothing, also where the kernel tells of no changes. Owned by the pipeline's thread.
 */
final class FolderLook {
    private final Path path;
    private final PathMatcher matcher;
    private final DoneFiles done;
    private Map<Path, WatchedFile> before = new HashMap<>();
    private boolean tooMany;

    FolderLook(SourceSettings.Folder settings, DoneFiles done) {
        this.path = settings.path();
        this.matcher = FileSystems.getDefault()
                .getPathMatcher("glob:" + settings.match().toLowerCase(Locale.ROOT));
        this.done = done;
    }

    /**
     * The files that are complete and were not read yet, the oldest first.
     *
     * @throws SourceException if there is neither folder nor file
     */
    List<WatchedFile> look() {
        Map<Path, WatchedFile> now = new HashMap<>();
        for (Path each : there()) {
            WatchedFile file = WatchedFile.at(each);
            if (file != null) {
                now.put(each, file);
            }
        }
        List<WatchedFile> complete = new ArrayList<>();
        now.forEach((each, file) -> {
            if (!done.contains(file) && file.equals(before.get(each))) {
                complete.add(file);
            }
        });
        done.forgetAllBut(now.values());
        before = now;
        complete.sort(Comparator.comparingLong(WatchedFile::modified).thenComparing(WatchedFile::path));
        return complete;
    }

    /** Says once that there are more files than can be looked at; null if there are not. */
    @Nullable
    String notice() {
        boolean told = tooMany;
        tooMany = false;
        return told
                ? path + " has more than " + Limits.WATCHED_FILES
                        + " files, of which only so many are looked at; let then be \"delete\" or \"move\""
                : null;
    }

    private List<Path> there() {
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(path, this::matches)) {
            for (Path file : all) {
                if (files.size() == Limits.WATCHED_FILES) {
                    tooMany = before.size() < Limits.WATCHED_FILES;
                    break;
                }
                files.add(file);
            }
            return files;
        } catch (IOException | DirectoryIteratorException e) {
            throw new SourceException(
                    Category.TRANSIENT,
                    "no folder",
                    "cannot look into " + path + ": " + e,
                    "make the folder, or mount it, so that this user can read it");
        }
    }

    /** Hidden files are somebody's work in progress; a name with a line break could not be remembered. */
    private boolean matches(Path file) {
        String name = String.valueOf(file.getFileName());
        return !name.startsWith(".")
                && name.chars().noneMatch(Character::isISOControl)
                && matcher.matches(Path.of(name.toLowerCase(Locale.ROOT)));
    }
}
