package io.fulmar.fleet.catalog;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Nobody has any use for a release, so nobody new is to get it, and after a while its files are deleted. What it says of itself
 * stays.
 *
 * @param atMillis since when, in milliseconds since 1970
 * @param gone its files are deleted, or being so
 *     <p>Immutable.
 */
public record Retirement(long atMillis, boolean gone) {
    /** Beside the folder of the release. */
    private static Path file(Path release) {
        return release.resolveSibling("." + release.getFileName() + ".retired");
    }

    /** Of the release in that folder; null where somebody may have a use for it. */
    static @Nullable Retirement read(Path release) {
        Path file = file(release);
        try {
            Map<String, @Nullable Object> json = JsonText.read(Files.readString(file));
            if (json.get("at") instanceof Number at && json.get("gone") instanceof Boolean gone) {
                return new Retirement(at.longValue(), gone);
            }
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | WireException e) {
            return new Retirement(Long.MAX_VALUE, false); // the safe side: nobody gets it, and nothing is deleted
        }
        return new Retirement(Long.MAX_VALUE, false);
    }

    void write(Path release) {
        String text = QueryJson.object(json -> {
            json.writeNumberProperty("at", atMillis);
            json.writeBooleanProperty("gone", gone);
        });
        try {
            DiskFiles.replace(file(release), (text + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw failed(release, e);
        }
    }

    static void undo(Path release) {
        try {
            Files.deleteIfExists(file(release));
            DiskFiles.flushFolderOf(release);
        } catch (IOException e) {
            throw failed(release, e);
        }
    }

    private static FleetException failed(Path release, IOException e) {
        return new FleetException(
                Category.TRANSIENT,
                "cannot change " + file(release) + ": " + e,
                "look at the disk and at who may write there",
                e);
    }
}
