package io.fulmar.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whose signatures this device demands: {@code root} is the file that names the keys, absolute. Immutable. */
public record Trust(@Nullable Path root) {}
