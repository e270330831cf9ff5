package io.fulmar.agent.update;

import io.fulmar.agent.run.Doorbell;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topic;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * What came of blobs and waits between the control thread and the update thread.
 *
 * <p>Its policy when it is full: the piece is dropped, since what does not come is asked for again. Thread-safe.
 */
final class Pieces {
    private final ArrayBlockingQueue<Piece> waiting = new ArrayBlockingQueue<>(Limits.PIECES);
    private final Doorbell doorbell;

    Pieces(Doorbell doorbell) {
        this.doorbell = doorbell;
    }

    /** A message on a topic of this blob. Immutable. */
    record Piece(String digest, Envelope envelope) {}

    /** Takes a piece in, or drops it. Never blocks. */
    void offer(Topic topic, InboundMessage message) {
        String digest = switch (topic) {
            case Topic.DeviceBlob it -> it.digest();
            case Topic.SharedBlob it -> it.digest();
            default -> null;
        };
        if (digest != null && message.payload().length <= io.fulmar.sync.wire.Limits.CHUNK_BYTES) {
            waiting.offer(new Piece(
                    digest,
                    new Envelope(message.topic(), message.payload(), message.contentType(), message.userProperties())));
            doorbell.ring();
        }
    }

    @Nullable
    Piece poll() {
        return waiting.poll();
    }
}
