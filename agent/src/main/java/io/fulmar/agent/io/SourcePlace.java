package io.fulmar.agent.io;

import java.nio.file.Path;

/**
 * Where a source works.
 *
 * @param pipeline which pipeline it is the source of
 * @param state the device's own folder
 *     <p>Immutable.
 */
public record SourcePlace(String pipeline, Path state) {}
