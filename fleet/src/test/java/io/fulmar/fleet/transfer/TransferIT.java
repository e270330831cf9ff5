package io.fulmar.fleet.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.BlobRequest;
import io.fulmar.sync.wire.ByteRanges;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The running service, its own broker, and devices that ask for a blob of its catalogue. */
@Timeout(300)
class TransferIT {
    private static final long ASK_AGAIN = Duration.ofSeconds(3).toNanos();
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);

    @Test
    void devicesGetABlobOfTheCatalogueOverTheServicesOwnBroker(@TempDir Path dir) throws Exception {
        byte[] blob = new byte[300_001];
        new SplittableRandom(1).nextBytes(blob);
        String digest = HexFormat.of().formatHex(sha256(blob));
        Files.write(
                Files.createDirectories(dir.resolve("models/some/1/blobs/sha256"))
                        .resolve(digest),
                blob);
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(dir));
                Taker first = new Taker(fleet, "d1", digest, blob.length);
                Taker second = new Taker(fleet, "d2", digest, blob.length)) {
            while (!first.lacks.isEmpty() || !second.lacks.isEmpty()) {
                if (first.work() + second.work() == 0) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            assertThat(first.content).isEqualTo(blob);
            assertThat(second.content).isEqualTo(blob);
        }
    }

    private static byte[] sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    /** Asks for what it lacks until it has it. */
    private final class Taker implements AutoCloseable {
        private final String id;
        private final String digest;
        private final byte[] content;
        private final ByteRanges lacks;
        private final PahoLink link;
        private long askedNanos = System.nanoTime() - ASK_AGAIN;

        Taker(Fleet fleet, String id, String digest, int size) throws IOException {
            this.id = id;
            this.digest = digest;
            this.content = new byte[size];
            this.lacks = ByteRanges.whole(size);
            this.link = new PahoLink(
                    LinkConfig.builder(fleet.brokerUrl(), id)
                            .subscriptions(topics.everyDeviceBlob(id))
                            .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofSeconds(1)))
                            .build(),
                    new Random(1),
                    this::onEvent);
            link.listen(List.of(topics.sharedBlob(digest)));
        }

        private void onEvent(LinkEvent event) {
            if (event instanceof LinkEvent.Received(var message)
                    && BlobCodec.decode(
                                    digest,
                                    new Envelope(
                                            message.topic(),
                                            message.payload(),
                                            message.contentType(),
                                            message.userProperties()))
                            instanceof BlobAnswer.Chunk chunk
                    && lacks.remove(chunk.range())) {
                System.arraycopy(chunk.bytes(), 0, content, (int) chunk.offset(), chunk.bytes().length);
                askedNanos = System.nanoTime();
            }
        }

        int work() {
            long now = System.nanoTime();
            int done = link.work(now);
            if (link.connected() && !lacks.isEmpty() && now - askedNanos > ASK_AGAIN) {
                var request = new BlobRequest(digest, content.length, lacks.first(64, content.length), List.of());
                link.publish(OutboundMessage.of(topics.blobGet(id), BlobCodec.encode(request), 1, false, 0));
                askedNanos = now;
            }
            return done;
        }

        @Override
        public void close() {
            link.close();
        }
    }
}
