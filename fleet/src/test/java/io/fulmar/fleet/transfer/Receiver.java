package io.fulmar.fleet.transfer;

import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.BlobRequest;
import io.fulmar.sync.wire.ByteRanges;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A device that wants one blob: it asks for a window of what it lacks, and again when it got that or nothing comes. */
final class Receiver {
    private static final long WINDOW = 256 << 10;
    private static final long PATIENCE = Duration.ofSeconds(8).toNanos();

    final String id;
    final List<BlobAnswer> remarks = new ArrayList<>();
    long received;
    long repeated;
    private final Topics topics;
    private final String digest;
    private final byte @Nullable [] expected;
    private final byte[] content;
    private final int size;
    private final ByteRanges lacks;
    private final List<String> have;
    private final Link link;
    private ByteRanges asked = ByteRanges.whole(0);
    private long heardNanos;
    private long now;

    /** @param expected what it must get; what is compared need not be kept */
    Receiver(
            InMemoryBroker broker,
            Topics topics,
            String id,
            String digest,
            int size,
            List<String> have,
            byte @Nullable [] expected) {
        this.id = id;
        this.topics = topics;
        this.digest = digest;
        this.size = size;
        this.expected = expected;
        this.content = new byte[expected == null ? size : 0];
        this.lacks = ByteRanges.whole(size);
        this.have = have;
        this.link = new InMemoryLink(
                broker,
                LinkConfig.builder(InMemoryBroker.URL, id)
                        .subscriptions(topics.everyDeviceBlob(id), topics.sharedBlob(digest))
                        .backoff(new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofMinutes(1)))
                        .build(),
                new Random(id.hashCode()),
                this::onEvent);
    }

    private void onEvent(LinkEvent event) {
        if (event instanceof LinkEvent.Disconnected) {
            asked = ByteRanges.whole(0);
        }
        if (!(event instanceof LinkEvent.Received received)) {
            return;
        }
        var message = received.message();
        BlobAnswer answer = BlobCodec.decode(
                digest,
                new Envelope(message.topic(), message.payload(), message.contentType(), message.userProperties()));
        if (!(answer instanceof BlobAnswer.Chunk chunk)) {
            remarks.add(answer);
            return;
        }
        this.received += chunk.bytes().length;
        if (lacks.remove(chunk.range())) {
            keep((int) chunk.offset(), chunk.bytes());
            heardNanos = now;
        } else {
            repeated += chunk.bytes().length;
        }
        asked.remove(chunk.range());
    }

    private void keep(int offset, byte[] bytes) {
        if (expected == null) {
            System.arraycopy(bytes, 0, content, offset, bytes.length);
        } else if (!Arrays.equals(expected, offset, offset + bytes.length, bytes, 0, bytes.length)) {
            throw new AssertionError(id + " got other bytes at " + offset);
        }
    }

    void work(long nowNanos) {
        now = nowNanos;
        link.work(nowNanos);
        if (link.connected() && remarks.isEmpty() && !isDone() && (asked.isEmpty() || now - heardNanos > PATIENCE)) {
            var request = new BlobRequest(digest, size, lacks.first(64, WINDOW), have);
            if (link.publish(OutboundMessage.of(topics.blobGet(id), BlobCodec.encode(request), 1, false, 0))
                    == PublishOutcome.ACCEPTED) {
                asked = ByteRanges.of(request.ranges());
                heardNanos = now;
            }
        }
    }

    boolean isDone() {
        return lacks.isEmpty();
    }

    byte[] content() {
        return content;
    }
}
