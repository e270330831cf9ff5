package io.fulmar.sync.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state that is; retained by the broker.
 *
 * @param wallMillis the device's wall clock when it said so
 * @param board what the device runs on, by the name of its profile; null where its configuration does not say
 * @param desiredVersion the highest version of a desired state that the device has seen; 0 for none
 */
public record Reported(
        String agentVersion,
        long wallMillis,
        @Nullable String board,
        long desiredVersion,
        Config config,
        List<Pipeline> pipelines,
        List<Model> models)
        implements UplinkMessage {
    public Reported {
        pipelines = List.copyOf(pipelines);
        models = List.copyOf(models);
    }

    /** Of a device without releases. */
    public Reported(
            String agentVersion,
            long wallMillis,
            @Nullable String board,
            long desiredVersion,
            Config config,
            List<Pipeline> pipelines) {
        this(agentVersion, wallMillis, board, desiredVersion, config, pipelines, List.of());
    }

    /**
     * The configuration that runs over the device's own, and what became of the last one that was to.
     *
     * @param generation rises with every configuration that was taken over; 0 for the device's own alone
     * @param version the version of the desired state that it came with; 0 for none
     * @param sha256 the digest of the fragment that runs; that of the empty text for the device's own alone
     * @param reason why it is not what was wanted last; null when it is
     *     <p>Immutable.
     */
    public record Config(
            long generation,
            long version,
            String sha256,
            State state,
            @Nullable String reason) {}

    /** What became of the last configuration that the device was to take over. */
    public enum State {
        /** It runs. */
        ACTIVE,
        /** Its connection settings are tried; without a welcome in time the old ones return. */
        TRIAL,
        /** It was tried, and the old one has returned. */
        REVERTED,
        /** It was not even tried. */
        REFUSED
    }

    /**
     * A release of a model, and how far it has come on this device; of one model there may be two, the one that is active and
     * the one that is on its way or was turned down last.
     *
     * @param manifest the digest of the model manifest
     * @param done bytes that are here of {@code total}, while it is downloaded; else 0
     * @param reason why it was turned down, beginning with the name of a reason; null unless it was
     * @param swapMillis how long the exchange of the models took; -1 where there was none
     * @param framesDropped frames that were lost over the exchange; -1 where there was none
     * @param assigned the version of the desired state that assigned it, as far as this state is due to one; else 0
     * @param numbers what was measured of it in its test, its trial or beside the active one; null before that
     */
    public record Model(
            String name,
            String version,
            long release,
            String manifest,
            ModelState state,
            long done,
            long total,
            @Nullable String reason,
            long swapMillis,
            long framesDropped,
            long assigned,
            @Nullable Numbers numbers) {
        /** One that nobody assigned and of which nothing was measured. */
        public Model(
                String name,
                String version,
                long release,
                String manifest,
                ModelState state,
                long done,
                long total,
                @Nullable String reason,
                long swapMillis,
                long framesDropped) {
            this(name, version, release, manifest, state, done, total, reason, swapMillis, framesDropped, 0, null);
        }
    }

    /**
     * What was measured of a release on this device; -1 for what was not.
     *
     * @param predictions that it made
     * @param failures frames that failed in the model or after it
     * @param p95Micros what 95 of 100 of its runs took at most
     * @param memoryBytes what its interpreter needs
     * @param labelShift how far the shares of its labels are from those before (population stability index)
     * @param agreement the share of inputs of which it said the same as the active release beside it
     * @param activeP95Micros what 95 of 100 runs of the active release took at most
     * @param activeMemoryBytes what the interpreter of the active release needs
     *     <p>Immutable.
     */
    public record Numbers(
            long predictions,
            long failures,
            long p95Micros,
            long memoryBytes,
            double labelShift,
            double agreement,
            long activeP95Micros,
            long activeMemoryBytes) {
        /** What is measured of a release by itself. */
        public Numbers(long predictions, long failures, long p95Micros, long memoryBytes) {
            this(predictions, failures, p95Micros, memoryBytes, -1, -1, -1, -1);
        }
    }

    /** How far a release has come. */
    public enum ModelState {
        DOWNLOADING,
        VERIFYING,
        STAGED,
        TESTING,
        /** It runs beside the active one and changes nothing. */
        SHADOW,
        /** It has run beside the active one for as long as it was to; nothing has changed. */
        SHADOWED,
        TRIAL,
        ACTIVE,
        /** It was on trial, and the one before has returned. */
        ROLLED_BACK,
        /** It did not get as far as a trial. */
        REJECTED
    }

    /** One pipeline and what it runs; the model is null while there is none that works. Immutable. */
    public record Pipeline(
            String name, Doing state, @Nullable ModelRef model) {}

    /** What a pipeline does. */
    public enum Doing {
        RUNNING,
        PAUSED,
        /** It could not be opened. */
        FAILED
    }
}
