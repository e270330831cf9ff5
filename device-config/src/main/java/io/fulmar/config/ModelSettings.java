package io.fulmar.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One model and how to run it; paths are absolute.
 *
 * @param file what runs while no release of this model is installed; null where only a release may
 * @param version of the file; empty without one
 *     <p>Immutable.
 */
public record ModelSettings(
        String name,
        @Nullable Path file,
        String version,
        @Nullable Path labels,
        int threads,
        Delegate delegate) {

    /** What executes the model's operators. */
    public enum Delegate {
        XNNPACK,
        NONE
    }
}
