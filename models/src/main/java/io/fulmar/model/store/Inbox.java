package io.fulmar.model.store;

import io.fulmar.model.disk.DiskFiles;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.trust.Dsse;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a person puts packages for the agent of this device, which takes them out: {@code models/inbox} of the state
 * directory. A package is there as a whole or not at all, and nothing of it is believed for being there. Thread-safe.
 */
public final class Inbox {
    private static final String UNFINISHED = ".part";

    private final Path dir;

    /** @param models the folder {@code models} of the state directory */
    public Inbox(Path models) {
        this.dir = models.resolve("inbox");
    }

    /** Puts a copy of the package in; one that is there already stays. */
    public void put(PackageReader reader) {
        Path target = dir.resolve(reader.manifestDigest());
        Path part = dir.resolve(reader.manifestDigest() + UNFINISHED);
        try {
            DiskFiles.createFolders(dir);
            DiskFiles.delete(part);
            PackageWriter.write(part, reader.manifestBytes(), reader);
            byte[] statement = reader.statement();
            if (statement != null) {
                PackageWriter.sign(PackageReader.open(part), Dsse.read(statement));
            }
            try (Stream<Path> below = Files.walk(part)) {
                for (Path folder : below.filter(Files::isDirectory).toList()) {
                    DiskFiles.flushFolder(folder);
                }
            }
            DiskFiles.delete(target); // it may be signed otherwise
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            DiskFiles.flushFolder(dir);
        } catch (IOException e) {
            throw StoreException.failed(dir, "written", e);
        }
    }

    /** The folders of the packages that are there. */
    public List<Path> packages() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(dir)) {
            for (Path folder : folders) {
                String name = folder.getFileName().toString();
                if (!name.endsWith(UNFINISHED) && !name.startsWith(".")) {
                    found.add(folder);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw StoreException.failed(dir, "listed", e);
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    /** Takes one of them out. */
    public void remove(Path folder) {
        try {
            DiskFiles.delete(folder);
            DiskFiles.flushFolder(dir);
        } catch (IOException e) {
            throw StoreException.failed(folder, "deleted", e);
        }
    }
}
