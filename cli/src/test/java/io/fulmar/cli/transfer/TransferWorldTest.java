package io.fulmar.cli.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.update.Download;
import io.fulmar.fleet.transfer.PatchMaker;
import io.fulmar.fleet.transfer.TransferDesk;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Part;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.BlobRequest;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real fleet's side and the real device's side of a transfer over a broker in memory, on one clock. */
class TransferWorldTest {
    private static final long STEP = Duration.ofMillis(5).toNanos();
    private static final Duration PATIENCE = Duration.ofHours(2);

    private final Path dir;
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);
    private final List<Device> devices = new ArrayList<>();
    private final SplittableRandom random;
    private final long seed = Long.getLong("fulmar.seed", System.nanoTime());
    private InMemoryBroker broker = new InMemoryBroker(Faults.none());
    private TransferDesk desk;
    private long now = 1;

    TransferWorldTest(@TempDir Path dir) {
        this.dir = dir;
        this.random = new SplittableRandom(seed);
        this.desk = desk();
    }

    @AfterEach
    void close() {
        devices.forEach(Device::close);
        desk.close();
    }

    @Test
    void aBlobThatIsCutFiftyTimesIsFetchedHardlyMoreThanOnce() throws IOException {
        broker = new InMemoryBroker(new Faults(seed, 0, 0, 0, 0, 0, Duration.ofMillis(60)));
        desk = desk();
        byte[] blob = blob(5_000_000);
        Device device = new Device("d1", blob);
        for (long at : random.longs(50, 0, blob.length).sorted().toArray()) {
            until(() -> device.download.done() >= at);
            if (random.nextBoolean()) {
                broker.cut();
            } else {
                device.restart();
            }
        }
        until(device.download::isWhole);
        System.out.printf(
                "measured: %d bytes, interrupted 50 times, %d of them by a cut of the link: %d received (%.3f)%n",
                blob.length, device.cuts, device.received, device.received / (double) blob.length);
        assertThat(device.received).as("seed %d", seed).isLessThanOrEqualTo((long) (blob.length * 1.05));
        device.commit();
    }

    @Test
    void twoHundredDevicesTogetherCostTheFleetHardlyMoreThanOne() throws IOException {
        byte[] blob = blob(1_000_000);
        for (int i = 0; i < 200; i++) {
            new Device("d" + i, blob);
        }
        until(() -> devices.stream().allMatch(device -> device.download.isWhole()));
        long sent = desk.counts().sharedBytes() + desk.counts().ownBytes();
        System.out.printf(
                "measured: 200 devices, %d bytes: %d sent (%.3f of one, %.5f of one each), %.1f s%n",
                blob.length, sent, sent / (double) blob.length, sent / 200.0 / blob.length, now / 1e9);
        assertThat(sent).as("seed %d", seed).isLessThanOrEqualTo((long) (blob.length * 1.3));
        devices.forEach(Device::commit);
    }

    @Test
    @Tag("long")
    void aModelOfFiveMegabytesForTwoHundredDevicesTogetherAgainstOneAfterTheOther() throws IOException {
        byte[] blob = blob(5_000_000);
        long real = System.nanoTime();
        long began = now;
        for (int i = 0; i < 200; i++) {
            new Device("d" + i, blob);
        }
        until(() -> devices.stream().allMatch(device -> device.download.isWhole()));
        devices.forEach(Device::commit);
        long together = sent();
        report("together", together, blob.length, began, real);

        real = System.nanoTime();
        began = now;
        desk.close();
        desk = desk();
        devices.forEach(Device::close);
        devices.clear();
        for (int i = 0; i < 200; i++) {
            Device device = new Device("one-" + i, blob);
            until(device.download::isWhole);
            device.commit();
            device.link.close();
            device.close();
            devices.clear();
        }
        long each = sent();
        report("one after the other", each, blob.length, began, real);

        assertThat(together).as("seed %d", seed).isLessThanOrEqualTo((long) (blob.length * 1.3));
        assertThat(each).as("seed %d", seed).isGreaterThanOrEqualTo(200L * blob.length);
    }

    private long sent() {
        return desk.counts().sharedBytes() + desk.counts().ownBytes();
    }

    private void report(String how, long sent, long size, long began, long real) {
        System.out.printf(
                "measured: 200 devices %s, %d bytes each: %d sent (%.3f of one), %.1f s at 8 MiB/s, computed in %.1f s%n",
                how, size, sent, sent / (double) size, (now - began) / 1e9, (System.nanoTime() - real) / 1e9);
    }

    @Test
    void overABrokerThatDoesEverythingWrongTheDigestIsRightInTheEnd() throws IOException {
        broker = new InMemoryBroker(Faults.everything(seed));
        desk = desk();
        byte[] blob = blob(700_000);
        for (int i = 0; i < 5; i++) {
            new Device("d" + i, blob);
        }
        until(() -> devices.stream().allMatch(device -> device.download.isWhole()));
        devices.forEach(Device::commit);
    }

    @Test
    void whatOthersGetIsTakenToo() throws IOException {
        byte[] blob = blob(600_000);
        for (int i = 0; i < 400; i++) { // until the fleet listens
            now += STEP;
            broker.work(now);
            desk.work(now);
        }
        Device first = new Device("d1", blob);
        Device second = new Device("d2", blob);
        until(() -> first.download.isWhole() && second.download.isWhole());
        assertThat(desk.counts().ownBytes())
                .as("seed %d, %s", seed, desk.counts())
                .isLessThan(blob.length / 2);
        devices.forEach(Device::commit);
    }

    // ---- tools

    private TransferDesk desk() {
        return new TransferDesk(
                topics,
                listener -> new InMemoryLink(
                        broker,
                        LinkConfig.builder(InMemoryBroker.URL, "transfer")
                                .subscriptions(topics.everyBlobGet())
                                .backoff(Backoff.between(Duration.ofMillis(20), Duration.ofMillis(200)))
                                .build(),
                        new Random(1),
                        listener),
                digest -> Files.exists(dir.resolve(digest)) ? dir.resolve(digest) : null,
                new PatchMaker(dir.resolve("patches")),
                device -> false,
                8 << 20);
    }

    private byte[] blob(int size) throws IOException {
        byte[] blob = new byte[size];
        random.nextBytes(blob);
        Files.write(dir.resolve(sha256(blob)), blob);
        return blob;
    }

    private void until(BooleanSupplier condition) {
        long end = now + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(now).as("in time; seed %d", seed).isLessThan(end);
            now += STEP;
            broker.work(now);
            desk.work(now);
            devices.forEach(Device::work);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A device with a store of its own; it can be killed and started again. */
    private final class Device {
        private final String id;
        private final String digest;
        private final int size;
        private InMemoryLink link;
        private ModelStore store;
        private Part part;
        private Download download;
        private long received;
        private int cuts;

        Device(String id, byte[] blob) {
            this.id = id;
            this.digest = sha256(blob);
            this.size = blob.length;
            this.store = ModelStore.open(dir.resolve("state-" + id));
            this.part = store.part(digest, size);
            this.download = begin();
            this.link = connect();
            devices.add(this);
        }

        private InMemoryLink connect() {
            InMemoryLink fresh = new InMemoryLink(
                    broker,
                    LinkConfig.builder(InMemoryBroker.URL, id)
                            .subscriptions(topics.everyDeviceBlob(id))
                            .backoff(Backoff.between(Duration.ofMillis(20), Duration.ofMillis(200)))
                            .build(),
                    new Random(id.hashCode()),
                    this::onEvent);
            fresh.listen(List.of(topics.sharedBlob(digest)));
            return fresh;
        }

        private Download begin() {
            return new Download(digest, part, List.of(), Long.MAX_VALUE, new Random(id.hashCode()), now);
        }

        private void onEvent(LinkEvent event) {
            if (event instanceof LinkEvent.Connected) {
                download.connected(now);
            } else if (event instanceof LinkEvent.Disconnected) {
                cuts++;
            } else if (event instanceof LinkEvent.Received(var message)) {
                BlobAnswer answer = BlobCodec.decode(
                        digest,
                        new Envelope(
                                message.topic(), message.payload(), message.contentType(), message.userProperties()));
                received += message.payload().length;
                download.take(answer, now);
            }
        }

        void work() {
            link.work(now);
            BlobRequest request = link.connected() ? download.due(now) : null;
            if (request != null
                    && link.publish(OutboundMessage.of(topics.blobGet(id), BlobCodec.encode(request), 1, false, 0))
                            == PublishOutcome.ACCEPTED) {
                download.asked(request, now);
            }
        }

        /** The process ends and starts again. */
        void restart() {
            link.close();
            part.close();
            store.close();
            store = ModelStore.open(dir.resolve("state-" + id));
            part = store.part(digest, size);
            download = begin();
            link = connect();
            cuts++;
        }

        void commit() {
            assertThat(part.commit()).isEqualTo(new Part.Committed.Kept());
        }

        void close() {
            store.close();
        }
    }
}
