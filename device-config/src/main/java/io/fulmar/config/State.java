package io.fulmar.config;

import java.nio.file.Path;

/**
 * Where the device keeps what must survive a restart. Immutable.
 *
 * @param dir absolute
 * @param samplesBytes what the samples of all pipelines may take of the disk
 */
public record State(Path dir, long samplesBytes) {}
