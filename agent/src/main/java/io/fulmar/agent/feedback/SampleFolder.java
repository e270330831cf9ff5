package io.fulmar.agent.feedback;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.sync.wire.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a device in their folder, a file each, within a budget. To make room the oldest goes of the rule that takes
 * the most, and what the fleet has asked for goes last. Written by the thread of samples; what {@link #all} shows, reading,
 * asking and removing are thread-safe.
 */
final class SampleFolder {
    private final Path dir;
    private final long budget;
    private final Counters counters;
    private final ConcurrentSkipListMap<Long, SampleFile> files = new ConcurrentSkipListMap<>();
    private long next = 1;

    SampleFolder(Path dir, long budget, Counters counters) {
        this.dir = dir;
        this.budget = budget;
        this.counters = counters;
    }

    /** Looks what is there, and deletes what an end in the middle of writing has left. */
    void look() throws IOException {
        if (!Files.isDirectory(dir)) {
            return;
        }
        try (var children = Files.newDirectoryStream(dir, "*" + SampleFile.UNFINISHED)) {
            for (Path child : children) {
                Files.deleteIfExists(child);
            }
        }
        for (SampleFile file : SampleFile.list(dir)) {
            files.put(file.number(), file);
            next = Math.max(next, file.number() + 1);
        }
        makeRoom(0, Set.of());
    }

    Path dir() {
        return dir;
    }

    long budget() {
        return budget;
    }

    /** What there is, the oldest first. */
    List<SampleFile> all() {
        return List.copyOf(files.values());
    }

    /** The oldest that the fleet has asked for, but for those. */
    @Nullable
    SampleFile firstAsked(Predicate<SampleFile> but) {
        for (SampleFile file : files.values()) {
            if (file.wanted() && !but.test(file)) {
                return file;
            }
        }
        return null;
    }

    /**
     * Writes one; false where there is no room for it.
     *
     * @param underWay that may not make room
     */
    boolean write(SampleRule rule, Sample sample, byte[] content, Set<Long> underWay) throws IOException {
        byte[] bytes = SampleFile.encoded(sample, content);
        long needs = SampleFile.diskBytes(bytes.length);
        DiskFiles.createFolders(dir);
        if (!makeRoom(needs, underWay) || Files.getFileStore(dir).getUsableSpace() < needs + Limits.SPACE_LEFT) {
            return false;
        }
        SampleFile file = new SampleFile(next, rule, sample.pipeline(), sample.receipt(), bytes.length, false);
        next++;
        Path path = dir.resolve(file.fileName());
        try {
            DiskFiles.replace(path, bytes);
        } catch (IOException e) {
            Files.deleteIfExists(path.resolveSibling(path.getFileName() + SampleFile.UNFINISHED));
            Files.deleteIfExists(path);
            throw e;
        }
        files.put(file.number(), file);
        return true;
    }

    private boolean makeRoom(long needs, Set<Long> underWay) throws IOException {
        while (true) {
            Map<SampleRule, Long> taken = new EnumMap<>(SampleRule.class);
            long sum = Files.isDirectory(dir) ? Files.size(dir) : 0; // a folder of many names takes some, too
            for (SampleFile file : files.values()) {
                taken.merge(file.rule(), file.diskBytes(), Long::sum);
                sum += file.diskBytes();
            }
            if (sum + needs <= budget && files.size() < Limits.KEPT) {
                return true;
            }
            SampleFile victim = victim(taken, underWay);
            if (victim == null) {
                return false;
            }
            delete(victim);
            counters.count(Counter.SAMPLES_EVICTED);
        }
    }

    /** The oldest of the rule that takes the most, if it may go, else of the next one. */
    private @Nullable SampleFile victim(Map<SampleRule, Long> taken, Set<Long> underWay) {
        for (boolean wanted : new boolean[] {false, true}) {
            SampleFile oldest = null;
            for (SampleFile file : files.values()) {
                boolean may = (wanted || !file.wanted()) && !underWay.contains(file.number());
                if (may && (oldest == null || more(taken, file.rule(), oldest.rule()))) {
                    oldest = file;
                }
            }
            if (oldest != null) {
                return oldest;
            }
        }
        return null;
    }

    private static boolean more(Map<SampleRule, Long> taken, SampleRule one, SampleRule other) {
        return Objects.requireNonNullElse(taken.get(one), 0L) > Objects.requireNonNullElse(taken.get(other), 0L);
    }

    /** All of a sample; null where it is damaged or gone, and then it is not there any more. */
    SampleFile.@Nullable Whole read(SampleFile file) throws IOException {
        try {
            SampleFile.Whole whole = file.read(dir);
            if (whole == null) {
                counters.count(Counter.SAMPLES_DAMAGED);
                delete(file);
            }
            return whole;
        } catch (NoSuchFileException e) {
            files.remove(file.number(), file); // the fleet may have asked for it meanwhile
            return null;
        }
    }

    /** Deletes one; nothing where it is gone. */
    boolean delete(SampleFile file) throws IOException {
        SampleFile known = files.remove(file.number());
        boolean was = false;
        for (SampleFile each : known == null || known.equals(file) ? List.of(file) : List.of(file, known)) {
            was |= Files.deleteIfExists(dir.resolve(each.fileName()));
        }
        return was;
    }

    /** Keeps on the disk that the fleet has asked for them; returns those of which that is so now. */
    List<SampleFile> ask(List<SampleFile> chosen) throws IOException {
        List<SampleFile> asked = new ArrayList<>();
        for (SampleFile file : chosen) {
            SampleFile wanted = file.asked();
            try {
                if (!file.wanted()) {
                    Files.move(
                            dir.resolve(file.fileName()),
                            dir.resolve(wanted.fileName()),
                            StandardCopyOption.ATOMIC_MOVE);
                    files.computeIfPresent(file.number(), (number, before) -> wanted);
                }
                asked.add(wanted);
            } catch (NoSuchFileException e) {
                files.remove(file.number(), file); // it made room meanwhile
            }
        }
        if (!asked.isEmpty()) {
            DiskFiles.flushFolder(dir);
        }
        return asked;
    }
}
