package io.fulmar.fleet.catalog;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.DataDirectory;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The published releases, each a whole package in {@code models/NAME/RELEASE} of the data directory: an OCI image layout
 * that every tool for packages reads. A release appears as a whole and never changes, but for who signed it. Commands and a running service use the
 * same catalogue. Thread-safe.
 */
public final class Catalog {
    private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);
    private static final String FOLDER = "models";
    private static final Path BLOBS = Path.of("blobs", "sha256");

    private final Path folder;
    private final Map<String, Path> found = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Long> searchedNanos = new AtomicReference<>();

    public Catalog(Path dataDir) {
        this.folder = dataDir.resolve(FOLDER);
    }

    /**
     * Takes a package whose files were checked before. Of one that is there already only the statement can change: for
     * one that this trust root believes, or, where it names no releasers, for a newer one.
     *
     * @param root null where nothing needs to be signed
     */
    public Publication publish(PackageReader reader, @Nullable TrustRoot root) {
        ModelManifest manifest = reader.manifest();
        Path target = folder.resolve(manifest.name()).resolve(Long.toString(manifest.release()));
        searchedNanos.set(null);
        try {
            if (!Files.exists(target) && copy(reader, target)) {
                return Publication.PUBLISHED;
            }
            boolean restored = restore(target, reader);
            Publication signed = signAnew(target, reader, root);
            return restored && !signed.changesStatement() ? Publication.RESTORED : signed;
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the release cannot be written to " + target + ": " + e.getMessage(),
                    "look at the disk and at who may write there",
                    e);
        }
    }

    /** False if somebody else published it meanwhile. */
    private static boolean copy(PackageReader reader, Path target) throws IOException {
        Path model = Objects.requireNonNull(target.getParent());
        Files.createDirectories(model);
        Path part = model.resolve("." + target.getFileName() + ".part-" + UUID.randomUUID());
        DiskFiles.delete(part);
        try {
            DiskFiles.copyFolder(reader.folder(), part);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            DiskFiles.flushFolder(model);
            return true;
        } catch (IOException e) {
            if (Files.exists(target)) {
                return false;
            }
            throw e;
        } finally {
            DiskFiles.delete(part);
        }
    }

    /** Puts back the files of a release that were deleted; returns whether they had been, or were about to be. */
    private boolean restore(Path target, PackageReader reader) throws IOException {
        if (Retirement.read(target) == null) {
            return false;
        }
        requireSame(PackageReader.open(target), reader);
        AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
        DataDirectory.alone(Objects.requireNonNull(folder.getParent()), () -> {
            try {
                for (ModelManifest.FileEntry file : reader.manifest().files()) {
                    restore(target.resolve(BLOBS), file, reader);
                }
                DiskFiles.flushFolder(target.resolve(BLOBS));
                Retirement.undo(target);
            } catch (IOException e) {
                failure.set(e);
            }
        });
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return true;
    }

    private static void restore(Path blobs, ModelManifest.FileEntry file, PackageReader reader) throws IOException {
        Path blob = blobs.resolve(file.sha256());
        if (!Files.exists(blob)) {
            DiskFiles.replace(blob, reader.read(file.name(), file.sha256(), file.size()));
        }
    }

    /**
     * Deletes the files of a release but for its card; what it says of itself, and who signed it, stays. Returns whether there
     * were any.
     */
    boolean deleteFiles(Published release) {
        Set<String> cards = release.manifest().files().stream()
                .filter(file -> file.role() == ModelManifest.Role.CARD)
                .map(ModelManifest.FileEntry::sha256)
                .collect(Collectors.toSet());
        boolean any = false;
        try {
            for (ModelManifest.FileEntry file : release.manifest().files()) {
                if (!cards.contains(file.sha256())) {
                    any |= Files.deleteIfExists(release.folder().resolve(BLOBS).resolve(file.sha256()));
                }
            }
            return any;
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the files of " + release.text() + " cannot be deleted: " + e,
                    "look at who may write in " + release.folder(),
                    e);
        }
    }

    private static Publication signAnew(Path target, PackageReader reader, @Nullable TrustRoot root)
            throws IOException {
        PackageReader there = PackageReader.open(target);
        requireSame(there, reader);
        Statements.Choice choice =
                new Statements(reader, root, System.currentTimeMillis()).choose(there.statement(), reader.statement());
        if (choice.statement() != null) {
            FileTime published = Files.getLastModifiedTime(target);
            PackageWriter.sign(there, choice.statement());
            Files.setLastModifiedTime(target, published);
        }
        return choice.publication();
    }

    private static void requireSame(PackageReader there, PackageReader reader) {
        ModelManifest manifest = reader.manifest();
        if (!there.manifestDigest().equals(reader.manifestDigest())) {
            throw new FleetException(
                    Category.PERMANENT,
                    "release " + manifest.release() + " of " + manifest.name()
                            + " was published before, with another content ("
                            + there.manifest().version() + ")",
                    "a release never changes: give this one a higher release number in model.toml and pack it again");
        }
    }

    /** Every release, by name and then the newest first; one that cannot be read any more is left out and logged. */
    public List<Published> list() {
        List<Published> all = new ArrayList<>();
        for (Path model : children(folder)) {
            for (Path release : children(model)) {
                Published published = read(release);
                if (published != null) {
                    all.add(published);
                }
            }
        }
        all.sort(Comparator.comparing((Published it) -> it.manifest().name())
                .thenComparing(it -> it.manifest().release(), Comparator.reverseOrder()));
        return all;
    }

    /** Withdraws a release, or says anew why; false where there is none. */
    public boolean yank(String model, long release, Yank yank) {
        Path there = release(model, release);
        if (there != null) {
            yank.write(there);
        }
        return there != null;
    }

    /** Gives a release back to everybody; false where there is none. */
    public boolean unyank(String model, long release) {
        Path there = release(model, release);
        if (there != null) {
            Yank.undo(there);
        }
        return there != null;
    }

    private @Nullable Path release(String model, long release) {
        return list().stream()
                .filter(it ->
                        it.manifest().name().equals(model) && it.manifest().release() == release)
                .findAny()
                .map(Published::folder)
                .orElse(null);
    }

    private static @Nullable Published read(Path release) {
        try {
            PackageReader reader = open(release);
            byte[] statement = reader.statement();
            return new Published(
                    reader.manifest(),
                    reader.manifestDigest(),
                    reader.manifestBytes().length,
                    statement == null ? null : new String(statement, StandardCharsets.UTF_8),
                    release,
                    Files.getLastModifiedTime(release).toMillis(),
                    Yank.read(release),
                    Retirement.read(release));
        } catch (PackageException | IOException e) {
            LOG.warn("a release in the catalogue cannot be read: {}", e.getMessage());
            return null;
        }
    }

    /** Once more where somebody signed it anew just now. */
    private static PackageReader open(Path release) {
        try {
            return PackageReader.open(release);
        } catch (PackageException e) {
            return PackageReader.open(release);
        }
    }

    /**
     * The file that is this blob of a published release; null if there is none. What another process has published is found
     * within a second, so that whoever asks for what is nowhere does not keep the disk busy.
     */
    public @Nullable Path find(String digest) {
        Path known = found.get(digest);
        if (known != null && Files.exists(known)) {
            return known;
        }
        long now = System.nanoTime();
        @Nullable Long before = searchedNanos.get();
        if (before != null && now - before < Limits.CATALOG_SEARCH.toNanos()) {
            return null;
        }
        search();
        searchedNanos.set(System.nanoTime());
        return found.get(digest);
    }

    private void search() {
        Map<String, Path> all = new HashMap<>();
        for (Path model : children(folder)) {
            for (Path release : children(model)) {
                for (Path blob : children(release.resolve(BLOBS))) {
                    all.putIfAbsent(blob.getFileName().toString(), blob);
                }
            }
        }
        found.putAll(all);
        found.keySet().retainAll(all.keySet());
    }

    /** What is visible in a folder; nothing where there is none. */
    private static List<Path> children(Path parent) {
        try (Stream<Path> all = Files.list(parent)) {
            return all.filter(it -> !it.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the catalogue in " + parent + " cannot be read: " + e.getMessage(),
                    "look at the disk and at who may read there",
                    e);
        }
    }
}
