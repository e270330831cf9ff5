package io.fulmar.fleet.catalog;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.disk.DiskFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small JSON file beside the folder of a release, which itself never changes.
 *
 * @param what the end of its name
 *     <p>Immutable.
 */
record BesideRelease(String what) {
    Path of(Path release) {
        return release.resolveSibling("." + release.getFileName() + "." + what);
    }

    void write(Path release, QueryJson.Members properties) {
        String text = QueryJson.object(properties) + "\n";
        try {
            DiskFiles.replace(of(release), text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw failed(release, e);
        }
    }

    void delete(Path release) {
        try {
            Files.deleteIfExists(of(release));
            DiskFiles.flushFolderOf(release);
        } catch (IOException e) {
            throw failed(release, e);
        }
    }

    private FleetException failed(Path release, IOException e) {
        return new FleetException(
                Category.TRANSIENT,
                "cannot change " + of(release) + ": " + e,
                "look at the disk and at who may write there",
                e);
    }
}
