package io.fulmar.fleet.catalog;

import io.fulmar.model.pack.ModelManifest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A release in the catalogue.
 *
 * @param manifestDigest the digest of the model manifest, by which devices know the release
 * @param manifestBytes how many bytes the model manifest has
 * @param statement the exact text of the envelope with the release statement; null where nobody signed it
 * @param folder where its package is
 * @param publishedMillis when it was published, in milliseconds since 1970
 * @param yank null unless it was withdrawn
 * @param retirement null unless nobody has had a use for it
 *     <p>Immutable.
 */
public record Published(
        ModelManifest manifest,
        String manifestDigest,
        long manifestBytes,
        @Nullable String statement,
        Path folder,
        long publishedMillis,
        @Nullable Yank yank,
        @Nullable Retirement retirement) {
    /** The same, as far as it was withdrawn meanwhile. */
    public Published now() {
        return new Published(
                manifest,
                manifestDigest,
                manifestBytes,
                statement,
                folder,
                publishedMillis,
                Yank.read(folder),
                Retirement.read(folder));
    }

    /** For people: {@code bearing-condition 1.0.0 (release 1)}. */
    public String text() {
        return manifest.name() + " " + manifest.version() + " (release " + manifest.release() + ")";
    }

    /** Why nobody new can get it, for people; null where that is not so. */
    public @Nullable String unavailable() {
        if (yank == null && retirement != null) {
            return "the files of " + text() + (retirement.gone() ? " were deleted" : " are about to be deleted")
                    + ", since nobody had a use for it; publish it again";
        }
        return withdrawn();
    }

    /** Why nobody is to get it any more, for people; null where that is not so. */
    public @Nullable String withdrawn() {
        return yank == null ? null : text() + " was withdrawn by " + yank.by() + ": " + yank.reason();
    }
}
