package io.fulmar.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Where a pipeline's frames come from. Immutable. */
public sealed interface SourceSettings {

    /** When frames come: at the configured rate by the monotonic clock, or as fast as they are taken. */
    Pace pace();

    /** Frames per second. */
    double rate();

    /** Whether the rate is kept. */
    enum Pace {
        /** One frame every {@code 1/rate} seconds. */
        REALTIME,
        /** A frame whenever the pipeline asks. */
        NONE
    }

    /**
     * A simulated rotating machine; a frame is {@code window} consecutive samples of its vibration.
     * The fault schedule runs in the machine's own time (frames divided by rate), so it does not depend on the pace,
     * and starts over every {@code faultCycle}; zero means that it runs once. Immutable.
     */
    record Simulated(double rate, Pace pace, long seed, int window, Duration faultCycle, List<Fault> faults)
            implements SourceSettings {
        public Simulated {
            faults = List.copyOf(faults);
        }
    }

    /** From {@code at}, for {@code duration}, the machine has this condition. Immutable. */
    record Fault(Duration at, Duration duration, Condition condition, double severity) {}

    /** What can be wrong with the simulated machine. */
    enum Condition {
        NORMAL,
        IMBALANCE,
        MISALIGNMENT,
        BEARING_FAULT
    }

    /** This host's own sensors; a frame is one value for each of {@code readings}, in their order. Immutable. */
    record HostSystem(double rate, Pace pace, List<Reading> readings) implements SourceSettings {
        public HostSystem {
            readings = List.copyOf(readings);
        }
    }

    /** What a Linux host can say about itself. */
    enum Reading {
        /** Busy share of all processors since the last frame, 0 to 1. */
        CPU,
        /** Share of memory that is not available, 0 to 1. */
        MEMORY,
        /** Share of time in which the busiest disk had requests in flight since the last frame, 0 to 1. */
        DISK,
        /** Megabytes received and sent per second over all interfaces but loopback since the last frame. */
        NETWORK,
        /** The warmest thermal zone in degrees Celsius. */
        TEMPERATURE,
        /** Runnable tasks averaged over a minute, divided by the number of processors. */
        LOAD
    }

    /** Recorded input: a file, or every file of a folder in the order of their names. Immutable. */
    record Replay(double rate, Pace pace, Path path, Format format, boolean loop) implements SourceSettings {}

    /** How a replayed file holds its frames. */
    enum Format {
        /** A frame is a row of numbers; a first row that holds no number is a header. */
        CSV,
        /** A frame is a file of raw little-endian values of the model's input type. */
        TENSOR
    }
}
