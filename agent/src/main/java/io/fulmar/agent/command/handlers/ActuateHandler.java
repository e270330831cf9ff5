package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.pipeline.Pipeline;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Pipelines;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code actuate}: lets an actuator of a pipeline act, on the pipeline's thread, which owns it. Owned by the command thread. */
public final class ActuateHandler implements CommandHandler {
    private final Pipelines pipelines;

    private record Order(String pipeline, @Nullable Object actuator, String message, float value) {}

    public ActuateHandler(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    @Override
    public Effect prepare(Arguments args) {
        Order order = new Order(
                args.oneOf("pipeline", pipelines.names()),
                actuator(args.value("actuator")),
                message(args.textOrNull("message")),
                value(args.value("value")));
        return () -> switch (pipelines.ask(order.pipeline(), it -> actuate(it, order), Limits.PIPELINE_PATIENCE)) {
            case Asked.Done<CommandOutcome> done -> done.value();
            case Asked.NotBegun<CommandOutcome> _ ->
                new CommandOutcome.Failed("the pipeline had no time for it; the actuator did not act");
            case Asked.NotEnded<CommandOutcome> _ ->
                new CommandOutcome.Unknown("the actuator was told to act and does not come to an end");
        };
    }

    private static @Nullable Object actuator(@Nullable Object given) {
        if (given == null || given instanceof String || given instanceof Integer) {
            return given;
        }
        throw new ArgumentException("'actuator' is a number, from 0, or a name");
    }

    private static String message(@Nullable String given) {
        String message = given == null ? "by command" : given;
        if (message.length() > Limits.MESSAGE_CHARS || message.chars().anyMatch(Character::isISOControl)) {
            throw new ArgumentException("'message' has at most " + Limits.MESSAGE_CHARS + " characters, on one line");
        }
        return message;
    }

    private static float value(@Nullable Object given) {
        if (given == null) {
            return 1;
        }
        if (given instanceof Number number && Float.isFinite(number.floatValue())) {
            return number.floatValue();
        }
        throw new ArgumentException("'value' must be a number");
    }

    /** On the pipeline's thread. */
    private static CommandOutcome actuate(Pipeline pipeline, Order order) {
        List<String> names = pipeline.actuators();
        int index = index(names, order.actuator());
        if (index < 0) {
            return new CommandOutcome.Refused("the pipeline " + order.pipeline() + " has "
                    + (names.isEmpty() ? "no actuators" : "the actuators " + String.join(", ", names)));
        }
        try {
            pipeline.actuate(index, order.message(), order.value());
        } catch (ActuatorException e) {
            return new CommandOutcome.Failed(names.get(index) + ": " + e.getMessage());
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("pipeline", order.pipeline());
        told.put("actuator", names.get(index));
        told.put("index", index);
        told.put("message", order.message());
        told.put("value", order.value());
        return CommandOutcome.done(told);
    }

    private static int index(List<String> names, @Nullable Object actuator) {
        return switch (actuator) {
            case null -> names.size() == 1 ? 0 : -1;
            case Integer index -> index >= 0 && index < names.size() ? index : -1;
            default -> names.indexOf(String.valueOf(actuator));
        };
    }
}
