package io.fulmar.fleet.catalog;

import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
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
    private static final BesideRelease FILE = new BesideRelease("yanked");

    /** Of the release in that folder; null where it was not withdrawn. */
    static @Nullable Yank read(Path release) {
        Path file = FILE.of(release);
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
        FILE.write(release, json -> {
            json.writeNumberProperty("at", atMillis);
            json.writeStringProperty("by", by);
            json.writeStringProperty("reason", reason);
        });
    }

    static void undo(Path release) {
        FILE.delete(release);
    }
}
