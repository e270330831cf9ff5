package io.fulmar.agent.doctor;

import java.time.Duration;

/** What a device should have, and how long the doctor looks. Immutable. */
final class Limits {
    /** Free memory below which the agent cannot be expected to run, and below which a model of some size will not fit. */
    static final long MEMORY_LEAST = 96L << 20;

    static final long MEMORY_FAIR = 160L << 20;

    /** Free space below which records cannot be kept for long. */
    static final long SPACE_LEAST = 16L << 20;

    /** Writes whose way to the disk is measured, of one page each, and for how long at most. */
    static final int SYNCS = 64;

    static final int SYNC_BYTES = 4096;
    static final Duration SYNC_TIME = Duration.ofSeconds(10);

    /** What 99 of 100 of them should take at most, and what none can live with. */
    static final Duration SYNC_FAIR = Duration.ofMillis(200);

    static final Duration SYNC_MOST = Duration.ofSeconds(2);

    /** A file of /proc or /sys is read to here. */
    static final int TEXT_BYTES = 1 << 16;

    /** eMMC tells its wear in tenths of its life: warned of from 90 %, more than all of it is a failure. */
    static final int WEAR_FAIR = 9;

    static final int WEAR_MOST = 10;

    /** A certificate that ends sooner than this should have been renewed. */
    static final Duration CERTIFICATE_LEFT = Duration.ofDays(14);

    /** What the golden case may be off by, as its model's card says. */
    static final int GOLDEN_QUANTA = 16;

    /** The store that is tried, and thrown away. */
    static final long TRIAL_QUOTA = 8L << 20;

    private Limits() {}
}
