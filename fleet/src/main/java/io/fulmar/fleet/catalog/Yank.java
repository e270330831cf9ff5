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
 * A release was withdrawn: nobody is to get it any more. Where it runs it stays.
 *
 * @param atMillis when, in milliseconds since 1970
 * @param by who
 * @param reason for people
 *     <p>Immutable.
 */
public record Yank(long atMillis, String by, String reason) {
    /** Beside the folder of the release, which itself never changes. */
    private static Path file(Path release) {
        return release.resolveSibling("." + release.getFileName() + ".yanked");
    }

    /** Of the release in that folder; null where it was not withdrawn. */
    static @Nullable Yank read(Path release) {
        Path file = file(release);
        try {
            Map<String, @Nullable Object> json = JsonText.read(Files.readString(file));
            if (json.get("at") instanceof Number at
                    && json.get("by") instanceof String by
                    && json.get("reason") instanceof String reason) {
                return new Yank(at.longValue(), by, reason);
            }
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | WireException e) {
            return new Yank(0, "somebody", file + " cannot be read: " + e.getMessage()); // the safe side
        }
        return new Yank(0, "somebody", file + " is damaged");
    }

    void write(Path release) {
        String text = QueryJson.object(json -> {
            json.writeNumberProperty("at", atMillis);
            json.writeStringProperty("by", by);
            json.writeStringProperty("reason", reason);
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
