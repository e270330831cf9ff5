package io.fulmar.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a new release of a model is fetched and has to prove itself on the device.
 *
 * @param trial how long it runs on trial
 * @param trialFrames after how many predictions the trial is over at the latest; 0 by time alone
 * @param maxErrors the share of its frames that may fail in or after the model
 * @param maxLabelShift how far its labels may lie from what the package says (population stability index); null: not judged
 * @param rateBytes what a download asks for in a second at most; null: no limit
 *     <p>Immutable.
 */
public record UpdateSettings(
        Duration trial,
        long trialFrames,
        double maxErrors,
        @Nullable Double maxLabelShift,
        @Nullable Long rateBytes,
        Load load) {

    /** Where a release is tested. */
    public enum Load {
        /** Beside the model that runs. */
        BESIDE,
        /** In its place: the device cannot hold two. */
        IN_PLACE
    }
}
