package io.fulmar.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One model file and how to run it; paths are absolute. Immutable. */
public record ModelSettings(
        String name, Path file, String version, @Nullable Path labels, int threads, Delegate delegate) {

    /** What executes the model's operators. */
    public enum Delegate {
        XNNPACK,
        NONE
    }
}
