package io.fulmar.cli.sim;

import java.time.Duration;

/** Limits of the simulator. Immutable. */
final class Limits {
    /** Devices of one process; beyond that one address has no ports left for one broker. */
    static final int DEVICES = 28_000;

    /** Rows a second of one device. */
    static final double RATE = 10_000;

    /** Rows that are recorded before the start, by all devices together. */
    static final long BACKLOG = 1_000_000_000;

    /** Newest rows of a device that are kept as bytes; older ones are made again. */
    static final int ROWS_KEPT = 64;

    /** Ends of batches of a device whose hash is kept; a window has five batches. */
    static final int MARKS = 16;

    /** Messages of one device that the broker has not answered. */
    static final int IN_FLIGHT = 16;

    /** Events of the network that are handled before it is looked at the time again. */
    static final int EVENTS_AT_ONCE = 1_000;

    /** Batches of one device that are sent before it is the next one's turn. */
    static final int SENDS_AT_ONCE = 4;

    /** How long the first device may take to connect before it is said why it cannot. */
    static final Duration FIRST_CONNECTION = Duration.ofSeconds(15);

    /** How long a status is good. */
    static final Duration STATUS_EVERY = Duration.ofSeconds(60);

    /** The longest that the simulation rests when nothing is due. */
    static final Duration REST = Duration.ofMillis(1);

    /** How often it is said how it goes. */
    static final Duration PROGRESS_EVERY = Duration.ofSeconds(5);

    /** How long saying goodbye may take. */
    static final Duration LEAVE = Duration.ofSeconds(5);

    /** Files that the process needs beside one a connection. */
    static final int FILES_BESIDE = 200;

    private Limits() {}
}
