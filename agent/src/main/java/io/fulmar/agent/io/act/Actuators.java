package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Actuator;
import io.fulmar.agent.io.Hardware;
import io.fulmar.config.ActSettings;

/** Makes the actuators that a configuration asks for. Immutable. */
public final class Actuators {
    private Actuators() {}

    public static Actuator of(ActSettings settings, Hardware hardware, Acting acting) {
        return switch (settings) {
            case ActSettings.LogLine log ->
                new LogActuator(log.name(), hardware.guard(log.name(), log.guard()), log.level());
            case ActSettings.Publish publish ->
                new QueuedActuator(
                        publish.name(),
                        hardware.guard(publish.name(), publish.guard()),
                        acting.queue(publish.name(), new PublishDeed(publish, acting)));
            case ActSettings.Webhook webhook ->
                new QueuedActuator(
                        webhook.name(),
                        hardware.guard(webhook.name(), webhook.guard()),
                        acting.queue(webhook.name(), new WebhookDeed(webhook, acting)));
            case ActSettings.Command command ->
                new QueuedActuator(
                        command.name(),
                        hardware.guard(command.name(), command.guard()),
                        acting.queue(command.name(), new CommandDeed(command)));
            case ActSettings.Output output ->
                new GuardedActuator(
                        output.output(),
                        hardware.guard(output.output()),
                        output.wanted(),
                        output.high() ? 1 : 0,
                        output.high() ? 0 : 1,
                        order -> order.score() == 0 ? 0 : 1);
            case ActSettings.Pwm pwm ->
                new GuardedActuator(
                        pwm.pwm(),
                        hardware.guard(pwm.pwm()),
                        pwm.wanted(),
                        pwm.on(),
                        pwm.off(),
                        order -> Math.clamp(order.score(), 0f, 1f));
        };
    }
}
