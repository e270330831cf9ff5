package io.fulmar.agent.run;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model files in whose native code the agent ended at start after start, counted in a file, since nothing else outlives
 * such an end. A file that cannot be read is as none: then it takes as many ends again. Owned by {@link StoredModels}.
 */
final class CrashLoops {
    private static final Logger LOG = LoggerFactory.getLogger("model");

    private final Path file;
    private final Map<String, Integer> counts = new TreeMap<>();

    private CrashLoops(Path file) {
        this.file = file;
    }

    static CrashLoops read(Path file) {
        CrashLoops loops = new CrashLoops(file);
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
                String[] words = line.split(" ", -1);
                if (words.length == 2 && Digest.isHex(words[0]) && words[1].matches("[1-9]")) {
                    loops.counts.put(words[0], Integer.parseInt(words[1]));
                }
            }
        } catch (NoSuchFileException e) {
            return loops;
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", file, DiskFiles.said(e));
        }
        return loops;
    }

    /**
     * The process before this one ended in native code of these files, and not in that of others.
     *
     * @return those for which it was once too often
     */
    Collection<String> died(Collection<String> models) {
        boolean changed =
                counts.entrySet().removeIf(it -> it.getValue() < Limits.CRASHES && !models.contains(it.getKey()));
        for (String model : models) {
            changed |= !isLoop(model);
            counts.merge(model, 1, (count, one) -> Math.min(Limits.CRASHES, count + one));
        }
        if (changed) {
            write();
        }
        return models.stream().filter(this::isLoop).toList();
    }

    /** Whether it was so at several starts in a row. */
    boolean isLoop(String model) {
        return counts.getOrDefault(model, 0) >= Limits.CRASHES;
    }

    /** Somebody wants these to run all the same, or the agent has run with them for long enough. */
    void forget(Collection<String> models) {
        if (counts.keySet().removeAll(models)) {
            write();
        }
    }

    private void write() {
        StringBuilder text = new StringBuilder();
        counts.forEach(
                (model, count) -> text.append(model).append(' ').append(count).append('\n'));
        try {
            DiskFiles.replace(file, text.toString().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, DiskFiles.said(e));
        }
    }
}
