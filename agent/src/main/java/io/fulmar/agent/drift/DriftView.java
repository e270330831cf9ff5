package io.fulmar.agent.drift;

import java.util.List;

/**
 * What a pipeline's watch for drift has found, for whoever shows it. Immutable.
 *
 * @param seen predictions that it has counted
 * @param learns predictions until it has a reference; 0 when it has one
 * @param reason what is away from its reference in the last window; empty while nothing is
 */
public record DriftView(Doing doing, long seen, int learns, String reason, List<Measured> measured) {
    /** Of a pipeline that is not watched. */
    public static final DriftView OFF = new DriftView(Doing.OFF, 0, 0, "", List.of());

    /** What it is at. */
    public enum Doing {
        OFF,
        LEARNING,
        WATCHING,
        DRIFTING
    }

    /** How far one distribution was from its reference in the last window. Immutable. */
    public record Measured(String name, double psi, double ks) {}

    public DriftView {
        measured = List.copyOf(measured);
    }
}
