package io.fulmar.agent.io.source;

import java.nio.file.Path;

/**
 * Where a source works.
 *
 * @param pipeline which pipeline it is the source of
 * @param state the device's own folder
 * @param background for what may block
 * @param wake has the pipeline ask for a frame at once; may be called by any thread
 *     <p>Immutable.
 */
public record SourcePlace(String pipeline, Path state, Background background, Runnable wake) {}
