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
 *     <p>Immutable.
 */
public record Published(
        ModelManifest manifest,
        String manifestDigest,
        long manifestBytes,
        @Nullable String statement,
        Path folder,
        long publishedMillis) {}
