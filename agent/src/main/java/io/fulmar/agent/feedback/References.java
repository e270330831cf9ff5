package io.fulmar.agent.feedback;

import io.fulmar.agent.drift.ReferenceKeeper;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.Worker;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.drift.Baseline;
import io.fulmar.model.pack.PackageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The references that pipelines have made, in {@code <state>/drift}: a file for each pipeline, whose first line names the
 * model. One that cannot be written is tried again, and counts meanwhile. Writes on its own thread; the rest is thread-safe.
 */
public final class References implements ReferenceKeeper, Worker {
    private static final String ENDING = ".json";
    private static final Duration AGAIN = Duration.ofSeconds(30);
    private static final int FILE_BYTES = 64 * 1024;

    private final Path dir;
    private final FaultLog faults;
    private final Doorbell doorbell;
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();
    private final Set<String> unwritten = ConcurrentHashMap.newKeySet();

    private record Kept(String model, Baseline reference) {}

    private References(Path dir, FaultLog faults, Doorbell doorbell) {
        this.dir = dir;
        this.faults = faults;
        this.doorbell = doorbell;
    }

    /** Those in that folder; what cannot be read there is told, and made anew. */
    public static References open(Path dir, FaultLog faults, Doorbell doorbell) {
        References opened = new References(dir, faults, doorbell);
        if (Files.isDirectory(dir)) {
            try (Stream<Path> listed = Files.list(dir)) {
                listed.filter(file -> file.toString().endsWith(ENDING)).forEach(opened::read);
            } catch (IOException e) {
                faults.record("drift", "the references in " + dir + " cannot be read: " + e, null);
            }
        }
        return opened;
    }

    private void read(Path file) {
        String name = String.valueOf(file.getFileName());
        try {
            if (Files.size(file) > FILE_BYTES) {
                throw new IOException("has more than " + FILE_BYTES + " bytes");
            }
            List<String> lines = Files.readAllLines(file);
            if (lines.size() < 2) {
                throw new IOException("has no reference");
            }
            byte[] json = lines.get(1).getBytes(StandardCharsets.UTF_8);
            kept.put(
                    name.substring(0, name.length() - ENDING.length()),
                    new Kept(lines.getFirst(), Baseline.parse(json)));
        } catch (IOException | PackageException e) {
            faults.record(
                    "drift", "the reference " + file + " cannot be used and is made anew: " + e.getMessage(), null);
        }
    }

    @Override
    public Baseline find(String pipeline, String model) {
        Kept found = kept.get(pipeline);
        return found != null && found.model().equals(model) ? found.reference() : Baseline.NONE;
    }

    @Override
    public void keep(String pipeline, String model, Baseline reference) {
        kept.put(pipeline, new Kept(model, reference));
        unwritten.add(pipeline);
        doorbell.ring();
    }

    @Override
    public void forget(String pipeline) {
        kept.remove(pipeline);
        unwritten.add(pipeline);
        doorbell.ring();
    }

    @Override
    public int work(long nowNanos) {
        int done = 0;
        for (String pipeline : List.copyOf(unwritten)) {
            unwritten.remove(pipeline); // before it is read, so that what is kept meanwhile is written again
            Kept now = kept.get(pipeline);
            try {
                Path file = dir.resolve(pipeline + ENDING);
                if (now != null) {
                    DiskFiles.createFolders(dir);
                    DiskFiles.replace(file, bytes(now));
                } else if (Files.deleteIfExists(file)) {
                    DiskFiles.flushFolder(dir);
                }
                done++;
            } catch (IOException e) {
                unwritten.add(pipeline);
                faults.record(
                        "drift",
                        "the reference of pipeline " + pipeline + " cannot be written: " + DiskFiles.said(e),
                        "It is tried again every " + AGAIN.toSeconds() + " s.");
                return 0;
            }
        }
        return done;
    }

    private static byte[] bytes(Kept now) {
        byte[] first = (now.model() + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] json = now.reference().toJson();
        byte[] bytes = Arrays.copyOf(first, first.length + json.length);
        System.arraycopy(json, 0, bytes, first.length, json.length);
        return bytes;
    }

    @Override
    public long idleNanos(long nowNanos) {
        return AGAIN.toNanos();
    }
}
