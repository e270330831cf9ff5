package io.fulmar.agent.run;

import io.fulmar.agent.health.Counters;
import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.io.act.ActQueue;
import io.fulmar.agent.io.act.Acting;
import io.fulmar.agent.io.act.Deed;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.JsonText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the actuators of one agent do that takes its time, and what they tell others. Thread-safe. */
public final class AgentActs implements Acting {
    private final String device;
    private final LongSupplier clockMillis;
    private final FleetInbox inbox;
    private final Function<OutboundMessage, PublishOutcome> link;
    private final Counters counters;
    private final BiConsumer<String, String> audit;
    private final AtomicLong tokens = new AtomicLong();
    private final Set<QueuedActs> queues = ConcurrentHashMap.newKeySet();

    /**
     * @param inbox hears what became of a message
     * @param link takes one, never waiting
     * @param audit takes the kind and the text of an event, and never waits
     */
    public AgentActs(
            String device,
            LongSupplier clockMillis,
            FleetInbox inbox,
            Function<OutboundMessage, PublishOutcome> link,
            Counters counters,
            BiConsumer<String, String> audit) {
        this.device = device;
        this.clockMillis = clockMillis;
        this.inbox = inbox;
        this.link = link;
        this.counters = counters;
        this.audit = audit;
    }

    @Override
    public ActQueue queue(String actuator, Deed deed) {
        QueuedActs queue = new QueuedActs(actuator, deed, counters, audit);
        queues.removeIf(QueuedActs::closed);
        queues.add(queue);
        return queue;
    }

    /** Ends all that is being done, after a bounded time for what waits. */
    public void close() {
        queues.forEach(QueuedActs::close);
    }

    @Override
    public void publish(String topic, byte[] payload, boolean retain) throws InterruptedException {
        long token = tokens.decrementAndGet(); // those of the uplink and of others are not negative
        long end = System.nanoTime() + Limits.PUBLISH.toNanos();
        CompletableFuture<Integer> settled = inbox.await(token);
        try {
            OutboundMessage message = OutboundMessage.of(topic, payload, 1, retain, token);
            PublishOutcome outcome = link.apply(message);
            while (outcome == PublishOutcome.BUSY && System.nanoTime() < end) {
                Thread.sleep(Limits.PUBLISH_RETRY_MILLIS);
                outcome = link.apply(message);
            }
            String against = switch (outcome) {
                case ACCEPTED -> against(settled.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS));
                case BUSY -> "the link had no room for it within " + Limits.PUBLISH.toSeconds() + " s";
                case OFFLINE -> "there is no connection to the broker";
                case TOO_LARGE -> "the broker takes no message of this size";
            };
            if (against != null) {
                throw new ActuatorException(against);
            }
        } catch (TimeoutException e) {
            throw new ActuatorException("the broker did not take it within " + Limits.PUBLISH.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            inbox.forget(token);
        }
    }

    private static @Nullable String against(int reasonCode) {
        return switch (reasonCode) {
            case FleetInbox.TAKEN -> null;
            case FleetInbox.CONNECTION_LOST -> "the connection ended before the broker took it";
            case 0x87 -> "the broker does not let this device publish there (reason code 0x87)";
            default -> "the broker refused it with reason code 0x" + Integer.toHexString(reasonCode);
        };
    }

    @Override
    public String text(Action action) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        said.put("device", device);
        said.put("pipeline", action.pipeline());
        said.put("time", clockMillis.getAsLong() - (System.nanoTime() - action.decidedNanos()) / 1_000_000);
        if (action.isOrder()) {
            said.put("message", action.label());
            said.put("value", action.score());
        } else {
            said.put("frame", action.frame());
            said.put("label", action.label());
            said.put("score", action.score());
            said.put("alarm", action.alarm());
        }
        return JsonText.of(said);
    }
}
