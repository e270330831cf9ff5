package io.fulmar.config;

import java.nio.file.Path;

/** Where the device keeps what must survive a restart; {@code dir} is absolute. Immutable. */
public record State(Path dir) {}
