package io.fulmar.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the link is encrypted: PEM files, as absolute paths. {@code ca} says whose signature the broker's certificate must
 * have; {@code certificate} and {@code key} are the device's own and are there together or not at all. Immutable.
 */
public record TlsSettings(
        Path ca, @Nullable Path certificate, @Nullable Path key) {}
