package io.fulmar.fleet.transfer;

import io.fulmar.fleet.base.Limits;
import io.fulmar.model.delta.Delta;
import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes patches between blobs, each once, and keeps them in a folder of its own, from which everything can be deleted at any
 * time. What is too old there, or too much, it deletes, the oldest first.
 *
 * <p>Stepped by {@link #work}, beside the transfers, which never wait for it. Owned by the thread that steps it, but for
 * {@link #ask} and {@link #poll}, which are thread-safe; when too much is asked for, what is asked last is not taken.
 */
public final class PatchMaker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PatchMaker.class);
    private static final String PART = ".part";

    private final Path folder;
    private final long bytesMost;
    private final BlockingQueue<Job> asked = new ArrayBlockingQueue<>(Limits.PATCHES_ASKED);
    private final ConcurrentLinkedQueue<Made> made = new ConcurrentLinkedQueue<>();
    private boolean tidied;

    private record Job(String name, Path old, Path now) {}

    /**
     * What came of a pair of blobs.
     *
     * @param patch null where none is of use
     * @param again whether it may be otherwise later: the disk did not do
     *     <p>Immutable.
     */
    record Made(String name, @Nullable Patch patch, boolean again) {}

    /**
     * A patch that is worth while. Immutable.
     *
     * @param digest of the patch
     */
    record Patch(String digest, Path file, long size) {}

    /** @param folder for the patches alone */
    public PatchMaker(Path folder) {
        this(folder, Limits.PATCHES_BYTES);
    }

    PatchMaker(Path folder, long bytesMost) {
        this.folder = folder;
        this.bytesMost = bytesMost;
    }

    /** Asks for the patch of that name from one blob to the other; false if there is too much to do. */
    boolean ask(String name, Path old, Path now) {
        return asked.offer(new Job(name, old, now));
    }

    /** The next that is done; null for none. */
    @Nullable
    Made poll() {
        return made.poll();
    }

    /** Makes one patch, if one was asked for. Returns 0 when there was nothing to do. */
    public int work(long nowNanos) {
        Job job = asked.poll();
        if (job == null && tidied) {
            return 0;
        }
        tidied = true;
        if (job != null) {
            make(job);
        }
        tidy(job == null ? "" : job.name());
        return 1;
    }

    private void make(Job job) {
        try {
            made.add(new Made(job.name(), patch(job), false));
        } catch (IOException e) {
            LOG.warn("no patch could be made in {}, so devices get whole blobs: {}", folder, e.toString());
            made.add(new Made(job.name(), null, true));
        }
    }

    private @Nullable Patch patch(Job job) throws IOException {
        long size = Files.size(job.now());
        if (size > Limits.PATCH_BLOB_BYTES || Files.size(job.old()) > Limits.PATCH_BLOB_BYTES) {
            return null;
        }
        Path file = folder.resolve(job.name());
        byte[] patch;
        if (Files.exists(file)) {
            patch = Files.readAllBytes(file);
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
        } else {
            patch = Delta.between(Files.readAllBytes(job.old()), Files.readAllBytes(job.now()));
            if (isUseless(patch, size)) {
                return null;
            }
            Files.createDirectories(folder);
            Path part = folder.resolve(job.name() + PART);
            Files.write(part, patch);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return isUseless(patch, size) ? null : new Patch(Digest.of(patch), file, patch.length);
    }

    private static boolean isUseless(byte[] patch, long size) {
        return patch.length > size / 4 * 3;
    }

    // ---- the folder

    private record Kept(Path file, long size, long writtenMillis) {}

    private void tidy(String newest) {
        try {
            List<Kept> all = new ArrayList<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    all.add(new Kept(
                            file,
                            Files.size(file),
                            Files.getLastModifiedTime(file).toMillis()));
                }
            }
            all.sort(Comparator.comparingLong(Kept::writtenMillis));
            long bytes = all.stream().mapToLong(Kept::size).sum();
            long since = System.currentTimeMillis() - Limits.PATCHES_AGE.toMillis();
            for (Kept it : all) {
                String name = it.file().getFileName().toString();
                boolean over = bytes > bytesMost || it.writtenMillis() < since || name.endsWith(PART);
                if (over && !name.equals(newest)) {
                    Files.deleteIfExists(it.file());
                    bytes -= it.size();
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("there are no patches yet");
        } catch (IOException e) {
            LOG.warn("old patches in {} stay: {}", folder, e.toString());
        }
    }

    @Override
    public void close() {
        asked.clear();
    }
}
