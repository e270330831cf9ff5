package io.fulmar.agent.configure;

import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.LinkView;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Reported;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Keeps the retained reported state true: at each connection, and when it has changed. Owned by the configurator's thread. */
final class Reporter {
    private static final long TOKEN = 0;

    private final String device;
    private final ControlWorker control;
    private final Supplier<Reported> facts;
    private @Nullable Reported published;
    private long publishedOn;
    private long connections;
    private long atNanos;

    Reporter(String device, ControlWorker control, Supplier<Reported> facts) {
        this.device = device;
        this.control = control;
        this.facts = facts;
    }

    int work(long nowNanos) {
        LinkView link = control.view();
        boolean fresh = link.number() != publishedOn || link.connections() != connections;
        if (!control.connected() || (!fresh && nowNanos - atNanos < Limits.REPORTED_AT_MOST.toNanos())) {
            return 0;
        }
        Reported now = facts.get();
        if (!fresh && same(now, published)) {
            return 0;
        }
        Envelope envelope = control.wire().encode(device, now);
        OutboundMessage message = OutboundMessage.of(envelope.topic(), envelope.payload(), 1, true, TOKEN)
                .describedAs(envelope.contentType(), envelope.userProperties());
        if (control.publish(message) != PublishOutcome.ACCEPTED) {
            return 0;
        }
        published = now;
        publishedOn = link.number();
        connections = link.connections();
        atNanos = nowNanos;
        return 1;
    }

    private static boolean same(Reported now, @Nullable Reported before) {
        return before != null
                && now.desiredVersion() == before.desiredVersion()
                && now.config().equals(before.config())
                && now.pipelines().equals(before.pipelines())
                && now.models().equals(before.models());
    }
}
