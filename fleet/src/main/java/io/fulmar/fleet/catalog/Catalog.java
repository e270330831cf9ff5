package io.fulmar.fleet.catalog;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The published releases, each a whole package in {@code models/NAME/RELEASE} of the data directory: an OCI image layout
 * that every tool for packages reads. A release appears as a whole and never changes. Commands and a running service use the
 * same catalogue. Thread-safe.
 */
public final class Catalog {
    private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);
    private static final String FOLDER = "models";
    private static final Path BLOBS = Path.of("blobs", "sha256");

    private final Path folder;
    private final Map<String, Path> found = new ConcurrentHashMap<>();

    public Catalog(Path dataDir) {
        this.folder = dataDir.resolve(FOLDER);
    }

    /**
     * Takes a package whose files were checked before; the same one again changes nothing.
     *
     * @return whether it is new
     */
    public boolean publish(PackageReader reader) {
        ModelManifest manifest = reader.manifest();
        Path model = folder.resolve(manifest.name());
        Path target = model.resolve(Long.toString(manifest.release()));
        try {
            if (Files.exists(target)) {
                requireSame(target, reader);
                return false;
            }
            Files.createDirectories(model);
            Path part = model.resolve("." + manifest.release() + ".part-"
                    + ProcessHandle.current().pid());
            DiskFiles.delete(part);
            try {
                DiskFiles.copyFolder(reader.folder(), part);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
                DiskFiles.flushFolder(model);
            } finally {
                DiskFiles.delete(part);
            }
            return true;
        } catch (IOException e) {
            if (Files.exists(target)) { // somebody else published it meanwhile
                requireSame(target, reader);
                return false;
            }
            throw new FleetException(
                    Category.TRANSIENT,
                    "the release cannot be written to " + target + ": " + e.getMessage(),
                    "look at the disk and at who may write there",
                    e);
        }
    }

    private static void requireSame(Path target, PackageReader reader) {
        PackageReader there = PackageReader.open(target);
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

    private static @Nullable Published read(Path release) {
        try {
            PackageReader reader = PackageReader.open(release);
            byte[] statement = reader.statement();
            return new Published(
                    reader.manifest(),
                    reader.manifestDigest(),
                    reader.manifestBytes().length,
                    statement == null ? null : new String(statement, StandardCharsets.UTF_8),
                    release,
                    Files.getLastModifiedTime(release).toMillis());
        } catch (PackageException | IOException e) {
            LOG.warn("a release in the catalogue cannot be read: {}", e.getMessage());
            return null;
        }
    }

    /** The file that is this blob of a published release; null if there is none. */
    public @Nullable Path find(String digest) {
        Path known = found.get(digest);
        if (known != null && Files.exists(known)) {
            return known;
        }
        for (Path model : children(folder)) {
            for (Path release : children(model)) {
                Path blob = release.resolve(BLOBS).resolve(digest);
                if (Files.isRegularFile(blob)) {
                    found.put(digest, blob);
                    return blob;
                }
            }
        }
        return null;
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
