package io.fulmar.config;

import java.nio.file.Path;

/**
 * One text that says something: its layer, its rank among all of them, what it is called, and the folder that its relative
 * paths are seen from. Immutable.
 */
record Origin(Layer layer, int rank, String name, Path folder) {}
