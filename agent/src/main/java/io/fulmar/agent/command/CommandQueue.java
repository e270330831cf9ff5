package io.fulmar.agent.command;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Topic;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The commands that wait between the control thread and the command thread, bounded in number and in bytes.
 *
 * <p>Its policy when it is full: the command is dropped and counted; the fleet sends it again at the next hello.
 * Thread-safe.
 */
final class CommandQueue {
    private final ArrayBlockingQueue<Received> waiting = new ArrayBlockingQueue<>(Limits.QUEUE_MESSAGES);
    private final AtomicLong bytes = new AtomicLong();
    private final Counters counters;
    private final Doorbell doorbell;

    CommandQueue(Counters counters, Doorbell doorbell) {
        this.counters = counters;
        this.doorbell = doorbell;
    }

    /** Takes a command in, or drops it. Never blocks. */
    void offer(Topic topic, InboundMessage message) {
        int size = message.payload().length;
        boolean tooLarge = size > io.fulmar.sync.wire.Limits.CONTROL_BYTES;
        Received received = new Received(
                topic, tooLarge ? null : message.payload(), size, message.responseTopic(), message.correlation());
        int held = held(received);
        if (bytes.addAndGet(held) > Limits.QUEUE_BYTES || !waiting.offer(received)) {
            bytes.addAndGet(-held);
            counters.count(Counter.COMMANDS_DROPPED);
        }
        doorbell.ring();
    }

    @Nullable
    Received poll() {
        Received received = waiting.poll();
        if (received != null) {
            bytes.addAndGet(-held(received));
        }
        return received;
    }

    private static int held(Received received) {
        byte[] payload = received.payload();
        byte[] correlation = received.correlation();
        return (payload == null ? 0 : payload.length) + (correlation == null ? 0 : correlation.length);
    }
}
