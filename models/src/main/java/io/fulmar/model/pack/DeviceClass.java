package io.fulmar.model.pack;

import org.jspecify.annotations.Nullable;

/**
 * What a device is, as far as a release may ask for it. Immutable.
 *
 * @param board the name of its board profile; null for one that names none
 * @param runtime the version of its agent
 */
public record DeviceClass(@Nullable String board, SemanticVersion runtime) {}
