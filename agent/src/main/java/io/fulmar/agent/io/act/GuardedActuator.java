package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.Actuator;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.io.Guard;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.config.ActSettings;
import java.util.function.ToDoubleFunction;

/** Drives an output as decisions want it, as far as its guard lets it. Owned by the pipeline's thread. */
final class GuardedActuator implements Actuator {
    private final String name;
    private final Guard guard;
    private final ActSettings.Wanted wanted;
    private final double on;
    private final double off;
    private final ToDoubleFunction<Action> ordered;

    /** @param ordered the value that a person's order means */
    GuardedActuator(
            String name,
            Guard guard,
            ActSettings.Wanted wanted,
            double on,
            double off,
            ToDoubleFunction<Action> ordered) {
        this.name = name;
        this.guard = guard;
        this.wanted = wanted;
        this.on = on;
        this.off = off;
        this.ordered = ordered;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean perform(Action action) {
        try {
            return moved(action);
        } catch (BusException e) {
            throw new ActuatorException(String.valueOf(e.getMessage()));
        }
    }

    private boolean moved(Action action) {
        if (action.isOrder()) {
            String against = guard.move(
                    ordered.applyAsDouble(action),
                    new Guard.Cause(() -> "ordered: " + action.label(), action.decidedNanos()));
            if (against != null) {
                throw new ActuatorException(against);
            }
            return true;
        }
        double to = isOn(action) ? on : off;
        double before = guard.value();
        return guard.move(to, new Guard.Cause(action::text, action.decidedNanos())) == null && to != before;
    }

    private boolean isOn(Action action) {
        String label = action.label(); // null before anything was decided
        return wanted.labels().isEmpty()
                ? action.alarm()
                : label != null && wanted.labels().contains(label);
    }

    @Override
    public void close() {
        // the pin is the agent's: it goes to its safe level when nobody decides any more
    }
}
