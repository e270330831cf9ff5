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
 * Nobody has any use for a release, so nobody new is to get it, and after a while its files are deleted. What it says of itself
 * stays.
 *
 * @param atMillis since when, in milliseconds since 1970
 * @param gone its files are deleted, or being so
 *     <p>Immutable.
 */
public record Retirement(long atMillis, boolean gone) {
    private static final BesideRelease FILE = new BesideRelease("retired");

    /** Of the release in that folder; null where somebody may have a use for it. */
    static @Nullable Retirement read(Path release) {
        Path file = FILE.of(release);
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
        FILE.write(release, json -> {
            json.writeNumberProperty("at", atMillis);
            json.writeBooleanProperty("gone", gone);
        });
    }

    static void undo(Path release) {
        FILE.delete(release);
    }
}
