package io.fulmar.agent.io.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which files were read, also over a restart, as long as they are there: a file of lines with size, time and name.
 * After a power cut the last few may be missing, and those files are read again. Owned by the pipeline's thread.
 */
final class DoneFiles {
    private final Path file;
    private final Path folder;
    private final Set<String> lines = new LinkedHashSet<>();
    private long written;
    private boolean read;
    private @Nullable String trouble;

    /**
     * @param file where they are remembered
     * @param folder which files they are of; what is remembered of another folder does not count
     */
    DoneFiles(Path file, Path folder) {
        this.file = file;
        this.folder = folder;
    }

    boolean contains(WatchedFile it) {
        readOnce();
        return lines.contains(line(it));
    }

    void add(WatchedFile it) {
        readOnce();
        String line = line(it);
        if (!lines.add(line)) {
            return;
        }
        try {
            if (written == 0) {
                rewrite();
            } else {
                Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
                written++;
            }
        } catch (IOException e) {
            troubled(e);
        }
    }

    /** Forgets the files that are not there any more. */
    void forgetAllBut(Collection<WatchedFile> there) {
        readOnce();
        Set<String> left = HashSet.newHashSet(there.size());
        there.forEach(it -> left.add(line(it)));
        lines.retainAll(left);
        if (written > 2L * lines.size() + Limits.DONE_SLACK) {
            try {
                rewrite();
            } catch (IOException e) {
                troubled(e);
            }
        }
    }

    /** Says once that nothing can be remembered; null if it can. */
    @Nullable
    String notice() {
        String told = trouble;
        trouble = null;
        return told;
    }

    private void readOnce() {
        if (read) {
            return;
        }
        read = true;
        if (!Files.exists(file)) {
            return;
        }
        try {
            List<String> all = Files.readAllLines(file);
            if (!all.isEmpty() && all.getFirst().equals(folder.toString())) {
                lines.addAll(all.subList(1, all.size()));
                written = lines.size();
            }
        } catch (IOException e) {
            troubled(e);
        }
    }

    private void rewrite() throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".tmp");
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        StringBuilder text = new StringBuilder(folder.toString()).append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        Files.writeString(next, text, StandardCharsets.UTF_8);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        written = lines.size();
    }

    private void troubled(IOException e) {
        trouble = "which files were read is not remembered over a restart: " + e;
    }

    private static String line(WatchedFile it) {
        return it.size() + " " + it.modified() + " " + it.name();
    }
}
