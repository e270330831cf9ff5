package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.Actuator;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.config.ActSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The stage that does something about a decision. Owned by the pipeline's thread. */
final class Act implements AutoCloseable {
    private static final String STAGE = "act";

    private final String pipeline;
    private final List<Reaction> reactions;
    private final Consumer<StageException> failed;

    /** An actuator and the decisions that it is for. Owned by the pipeline's thread. */
    record Reaction(ActSettings.Occasion occasion, Actuator actuator) {}

    Act(String pipeline, List<Reaction> reactions, Consumer<StageException> failed) {
        this.pipeline = pipeline;
        this.reactions = List.copyOf(reactions);
        this.failed = failed;
    }

    /** What was done; an actuator that fails does not keep the others, or the record, from happening. */
    List<String> on(long frame, Decision decision) {
        if (reactions.isEmpty()) {
            return List.of();
        }
        long decidedNanos = System.nanoTime();
        List<String> done = List.of();
        for (Reaction reaction : reactions) {
            if (calls(reaction.occasion(), decision) && performed(reaction.actuator(), frame, decision, decidedNanos)) {
                done = done.isEmpty() ? new ArrayList<>(reactions.size()) : done;
                done.add(reaction.actuator().name());
            }
        }
        return done;
    }

    /** What the actuators are called, in their order. */
    List<String> actuators() {
        return reactions.stream().map(reaction -> reaction.actuator().name()).toList();
    }

    /** Lets one act without a decision. */
    void order(int actuator, String message, float value) {
        reactions.get(actuator).actuator().perform(Action.ordered(pipeline, message, value));
    }

    @Override
    public void close() {
        for (Reaction reaction : reactions) {
            reaction.actuator().close();
        }
    }

    private boolean performed(Actuator actuator, long frame, Decision decision, long decidedNanos) {
        try {
            return actuator.perform(
                    new Action(pipeline, frame, decision.label(), decision.score(), decision.alarm(), decidedNanos));
        } catch (ActuatorException e) {
            failed.accept(new StageException(STAGE, actuator.name(), actuator.name() + ": " + e.getMessage()));
            return false;
        }
    }

    private static boolean calls(ActSettings.Occasion occasion, Decision decision) {
        boolean due = switch (occasion.when()) {
            case ALWAYS -> true;
            case CHANGE -> decision.changed();
            case ALARM -> decision.alarmChanged();
        };
        return due
                && (occasion.labels().isEmpty()
                        || (decision.label() != null && occasion.labels().contains(decision.label())));
    }
}
