package io.fulmar.agent.io.simulated;

import java.util.List;

/**
 * Which condition a simulated machine is in at which time, repeating for ever. Immutable.
 */
public record FaultSchedule(List<Phase> phases) {

    /** A condition that lasts for a while. Immutable. */
    public record Phase(Condition condition, double severity, double seconds) {
        public Phase {
            if (!(severity >= 0 && severity <= 1)) {
                throw new IllegalArgumentException("a severity lies between 0 and 1: " + severity);
            }
            if (!(seconds > 0)) {
                throw new IllegalArgumentException("a phase lasts longer than 0 s: " + seconds);
            }
        }
    }

    public FaultSchedule {
        phases = List.copyOf(phases);
        if (phases.isEmpty()) {
            throw new IllegalArgumentException("a schedule has at least one phase");
        }
    }

    /** The phase of this moment, counted from the start of the machine. */
    public Phase at(double seconds) {
        double left = seconds % length();
        for (Phase phase : phases) {
            if (left < phase.seconds()) {
                return phase;
            }
            left -= phase.seconds();
        }
        return phases.getLast();
    }

    private double length() {
        return phases.stream().mapToDouble(Phase::seconds).sum();
    }
}
