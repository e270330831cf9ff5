package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.disk.FolderLock;
import io.fulmar.model.disk.LineJournal;
import io.fulmar.model.pack.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models on a device's disk. A file is called by its digest and is there as a whole or not at all; which release of a
 * model is active is said by a journal, one entry a transition, so that after a kill or a power cut the state is that
 * before the transition or the one after.
 *
 * <p>What is read is checked against its digest again, since disks rot. The store vouches for bytes, not for who made
 * them: whoever loads a release asks the trust root.
 *
 * <p>Owned by one thread; another process is kept out.
 */
public final class ModelStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);
    static final String LOCK = "lock";
    static final String JOURNAL = "journal";
    static final String SET_ASIDE = "journal.damaged";

    private final Path dir;
    private final Path blobs;
    private final Path parts;
    private final LineJournal journal;
    private final SortedMap<String, Activation> activations = new TreeMap<>();
    private @Nullable FolderLock lock;
    private @Nullable String trouble;
    private @Nullable String torn;

    private ModelStore(Path dir) {
        this.dir = dir;
        this.blobs = dir.resolve("blobs").resolve("sha256");
        this.parts = dir.resolve("parts");
        this.journal = new LineJournal(dir.resolve(JOURNAL));
    }

    /**
     * Opens the store in that folder, or begins one. Where the disk cannot be written, what lies in it can be read.
     *
     * @throws StoreException if another process has it, or it cannot be read
     */
    public static ModelStore open(Path dir) {
        ModelStore store = new ModelStore(dir);
        boolean open = false;
        try {
            if (!store.take()) {
                throw StoreException.inUse(dir);
            }
        } catch (IOException e) {
            if (!Files.isReadable(dir.resolve(JOURNAL))) {
                throw StoreException.failed(dir, "used", e);
            }
        }
        try {
            store.load();
            open = true;
            return store;
        } catch (IOException e) {
            throw StoreException.failed(dir, "read", e);
        } finally {
            if (!open) {
                store.close();
            }
        }
    }

    /** Takes the folder for writing; false if another process has it. */
    private boolean take() throws IOException {
        DiskFiles.createFolders(dir);
        FolderLock taken = FolderLock.take(dir, LOCK);
        if (taken == null) {
            return false;
        }
        try {
            DiskFiles.createFolders(blobs);
            DiskFiles.createFolders(parts);
        } catch (IOException e) {
            taken.close();
            throw e;
        }
        lock = taken;
        return true;
    }

    /**
     * Has a store be written again whose disk could not be when it was opened. The journal counts as it is then, since
     * another process may have written it; where it is damaged, or says nothing of a model, what was read before still counts.
     *
     * @return whether it can be written now
     */
    public boolean reopenForWriting() {
        if (lock != null) {
            return true;
        }
        Map<String, Activation> before = Map.copyOf(activations);
        String said = trouble;
        boolean taken = false;
        try {
            if (take()) {
                activations.clear();
                if (load()) {
                    for (Activation state : before.values()) {
                        activations.putIfAbsent(state.name(), state);
                    }
                } else {
                    activations.putAll(before);
                }
                taken = true;
            }
        } catch (IOException e) {
            LOG.debug("{} cannot be written yet: {}", dir, DiskFiles.said(e));
        } finally {
            if (!taken) {
                activations.clear();
                activations.putAll(before);
                trouble = said;
                unlock();
            }
        }
        return taken;
    }

    /** Reads the journal; returns whether nothing of it is damaged. */
    private boolean load() throws IOException {
        LineJournal.Content content = journal.read();
        int damaged = content.damaged();
        for (String line : content.lines()) {
            try {
                Activation state = Activation.decode(line);
                activations.put(state.name(), state);
            } catch (IllegalArgumentException e) { // also a NumberFormatException
                damaged++;
            }
        }
        if (damaged > 0) {
            String what = damaged + (damaged == 1 ? " entry of " : " entries of ") + dir.resolve(JOURNAL)
                    + (damaged == 1 ? " is" : " are") + " damaged; " + setAside();
            if (content.onlyTheEnd() && damaged == 1) {
                torn = what;
            } else {
                trouble = what + "; each model goes on with the newest entry that can be read";
            }
        }
        return damaged == 0;
    }

    /** Keeps a copy of the journal for whoever wants to know what happened to it, and says what became of that. */
    private String setAside() {
        if (lock == null) {
            return "no copy is kept, since the disk cannot be written";
        }
        try {
            journal.copyTo(dir.resolve(SET_ASIDE));
            return "a copy is kept as " + SET_ASIDE;
        } catch (IOException e) {
            return "no copy could be kept as " + SET_ASIDE + ": " + DiskFiles.said(e);
        }
    }

    /** What was wrong with the journal when it was opened, for the operator; null if nothing was. */
    public @Nullable String trouble() {
        return trouble;
    }

    /** Whether it can be written: the disk allowed it when it was opened, or {@link #reopenForWriting} since. */
    public boolean isWritable() {
        return lock != null;
    }

    /** That the last entry was not whole when it was opened, as after a power cut, and does not count; else null. */
    public @Nullable String torn() {
        return torn;
    }

    // ---- blobs

    /** Whether all of that blob is here. */
    public boolean has(String sha256) {
        return Files.isRegularFile(path(sha256));
    }

    /** Where that blob is or would be. */
    public Path path(String sha256) {
        return blobs.resolve(Digest.requireHex(sha256));
    }

    /**
     * The bytes of a blob, whose digest was taken of exactly these.
     *
     * @throws StoreException if it is missing, longer than that, or not what its digest says
     */
    public byte[] read(String sha256, long maxBytes) {
        Path file = path(sha256);
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes((int) Math.min(maxBytes + 1, Integer.MAX_VALUE - 8));
        } catch (NoSuchFileException e) {
            throw StoreException.damaged(file + " is missing");
        } catch (IOException e) {
            throw StoreException.failed(file, "read", e);
        }
        if (bytes.length > maxBytes) {
            throw StoreException.damaged(file + " has more than the " + maxBytes + " bytes that it may have");
        }
        if (!Digest.of(bytes).equals(sha256)) {
            throw StoreException.damaged(file + " is damaged: its digest is another");
        }
        return bytes;
    }

    /** Puts a blob into the store that is in memory already, and returns its digest; one that has rotted is mended. */
    public String put(byte[] bytes) {
        String sha256 = Digest.of(bytes);
        if (has(sha256) && isSound(sha256, bytes.length)) {
            return sha256;
        }
        try (Part part = part(sha256, bytes.length)) {
            part.restart();
            part.append(bytes, 0);
            if (part.commit() instanceof Part.Committed.Wrong wrong) {
                throw StoreException.damaged(path(sha256) + " could not be written: " + wrong.reason());
            }
        }
        return sha256;
    }

    private boolean isSound(String sha256, long size) {
        try {
            read(sha256, size);
            return true;
        } catch (StoreException e) {
            return false;
        }
    }

    /** The part of a blob that has come so far; whoever has it closes or commits it. */
    public Part part(String sha256, long size) {
        Path blob = path(sha256);
        if (size < 0 || size > Limits.BLOB_BYTES) {
            throw new IllegalArgumentException("a blob of " + size + " bytes");
        }
        Path file = parts.resolve(sha256);
        try {
            return Part.open(sha256, size, file, blob);
        } catch (IOException e) {
            throw StoreException.failed(file, "opened", e);
        }
    }

    /** Deletes a blob that turned out to be damaged, so that it can be fetched again. */
    public void discard(String sha256) {
        delete(path(sha256));
    }

    /** Why there is no room for that many more bytes; null if there is. */
    public @Nullable String whyNoRoom(long bytes) {
        try {
            long free = Files.getFileStore(dir).getUsableSpace();
            return free - Limits.FREE_BYTES >= bytes
                    ? null
                    : bytes + " bytes are needed and " + Limits.FREE_BYTES + " stay free, but the disk of " + dir
                            + " has only " + free;
        } catch (IOException e) {
            throw StoreException.failed(dir, "asked for its space", e);
        }
    }

    /**
     * Deletes what no release needs any more.
     *
     * @return how many files were deleted
     */
    public int collect() {
        Set<String> needed = new HashSet<>();
        activations.values().forEach(state -> needed.addAll(state.blobs()));
        Set<String> fetched = new HashSet<>();
        activations.values().forEach(state -> {
            if (state.attempt() != null) {
                fetched.addAll(state.attempt().release().blobs());
            }
        });
        return collect(blobs, needed) + collect(parts, fetched);
    }

    private static int collect(Path folder, Set<String> needed) {
        List<Path> over = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                int digest = name.indexOf(Part.AHEAD) < 0 ? name.length() : name.indexOf(Part.AHEAD);
                if (!needed.contains(name.substring(0, digest))) {
                    over.add(file);
                }
            }
        } catch (IOException e) {
            throw StoreException.failed(folder, "listed", e);
        }
        over.forEach(ModelStore::delete);
        return over.size();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StoreException.failed(file, "deleted", e);
        }
    }

    // ---- activation

    /** The models that the store knows, by name. */
    public List<Activation> activations() {
        return List.copyOf(activations.values());
    }

    /** Where that model stands. */
    public Activation activation(String name) {
        Activation known = activations.get(name);
        return known == null ? Activation.none(name) : known;
    }

    /** A release is on its way from now on; an attempt that was under way is forgotten. */
    public Activation begin(String name, Release release, long sinceMillis, long desiredVersion, long shadowMillis) {
        return change(name, it -> it.began(release, sinceMillis, desiredVersion, shadowMillis));
    }

    /** The attempt has come to that step. */
    public Activation step(String name, Attempt.Step step) {
        return change(name, it -> it.stepped(step));
    }

    /** The agent has started while the attempt was on trial. */
    public Activation strike(String name) {
        return change(name, Activation::struck);
    }

    /** The attempt has proved itself and is active; what was active is kept as the one before. */
    public Activation prove(String name) {
        return change(name, Activation::proved);
    }

    /** The attempt did not do; it is remembered. */
    public Activation giveUp(String name, String reason) {
        return change(name, it -> it.gaveUp(reason));
    }

    /** Nobody wants the attempt any more. */
    public Activation abandon(String name) {
        return change(name, Activation::abandoned);
    }

    /** A release is active without a trial; all its blobs must be here. */
    public Activation install(String name, Release release) {
        requireBlobs(release);
        return change(name, it -> it.installed(release));
    }

    /**
     * What was active before is so again; what is now is kept as the one before, and is not tried again by itself.
     *
     * @param desiredVersion of the newest desired state that was heard of; a newer one may ask for it again
     */
    public Activation giveBack(String name, long desiredVersion, String reason) {
        Release previous = activation(name).previous();
        if (previous != null) {
            requireBlobs(previous);
        }
        return change(name, it -> it.returned(desiredVersion, reason));
    }

    /** The active release was stated anew: by the envelope with that digest. */
    public Activation restate(String name, String statement) {
        return change(name, it -> it.restated(statement));
    }

    private void requireBlobs(Release release) {
        for (String blob : release.blobs()) {
            if (!has(blob)) {
                throw StoreException.damaged(path(blob) + " is missing");
            }
        }
    }

    private Activation change(String name, UnaryOperator<Activation> transition) {
        Activation next = transition.apply(activation(name));
        SortedMap<String, Activation> after = new TreeMap<>(activations);
        after.put(name, next);
        boolean anew = !journal.isOpen() || journal.length() > Limits.JOURNAL_BYTES || after.size() > Limits.MODELS;
        if (anew) {
            after.values().removeIf(Activation::isOver);
        }
        if (after.size() > Limits.MODELS && !activations.containsKey(name)) {
            throw StoreException.refused(
                    "the device has " + Limits.MODELS + " models already, and " + name + " would be one more",
                    "give the releases of one model one name; to forget them all, stop the agent and move " + dir
                            + " away");
        }
        try {
            if (lock == null) {
                throw new FileSystemException(dir.toString(), null, "the disk could not be written when it was opened");
            }
            if (anew) {
                journal.rewrite(after.values().stream().map(Activation::encode).toList());
            } else {
                journal.append(next.encode(), true);
            }
        } catch (IOException e) {
            throw StoreException.failed(dir.resolve(JOURNAL), "written", e);
        }
        activations.clear();
        activations.putAll(after);
        return next;
    }

    @Override
    public void close() {
        journal.close();
        unlock();
    }

    private void unlock() {
        FolderLock held = lock;
        lock = null;
        try {
            if (held != null) {
                held.close();
            }
        } catch (IOException e) {
            throw StoreException.failed(dir, "closed", e);
        }
    }
}
