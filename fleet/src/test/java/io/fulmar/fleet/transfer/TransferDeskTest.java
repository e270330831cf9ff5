package io.fulmar.fleet.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.base.Limits;
import io.fulmar.model.delta.Delta;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real requests and pieces through a broker in memory, on a clock of its own. */
class TransferDeskTest {
    private static final long STEP = Duration.ofMillis(5).toNanos();
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final Path dir;
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);
    private final List<Receiver> devices = new ArrayList<>();
    private final List<String> revoked = new ArrayList<>();
    private InMemoryBroker broker = new InMemoryBroker(Faults.none());
    private TransferDesk desk;
    private PatchMaker patches;
    private boolean making = true;
    private long now = 1;

    TransferDeskTest(@TempDir Path dir) {
        this.dir = dir;
        this.patches = new PatchMaker(dir.resolve("patches"));
        this.desk = open(Long.MAX_VALUE / 4);
    }

    @AfterEach
    void close() {
        desk.close();
    }

    @Test
    void oneDeviceGetsABlobByItself() throws IOException {
        byte[] blob = blob(1_000_003, 1);
        Receiver device = device("d1", blob);
        untilAllHaveIt();
        assertThat(device.received).isEqualTo(blob.length);
        assertThat(desk.counts().ownBytes()).isEqualTo(blob.length);
        assertThat(desk.counts().sharedBytes()).isZero();
    }

    @Test
    void twoHundredDevicesCostTheFleetHardlyMoreThanOne() throws IOException {
        byte[] blob = blob(5_000_000, 2);
        for (int i = 0; i < 200; i++) {
            device("d" + i, blob);
        }
        untilAllHaveIt();
        long sent = desk.counts().sharedBytes() + desk.counts().ownBytes();
        System.out.printf(
                "measured: 200 devices, %d bytes each: %d bytes sent (%.3f of one), %.1f s on the test's clock%n",
                blob.length, sent, sent / (double) blob.length, now / 1e9);
        assertThat(sent).isLessThanOrEqualTo((long) (blob.length * 1.3));
    }

    @Test
    void whoComesLateTakesWhatIsOnItsWayAndHearsTheRestInTheNextRound() throws IOException {
        byte[] blob = blob(4_000_000, 3);
        restart(500_000);
        for (int i = 0; i < 10; i++) {
            device("d" + i, blob);
        }
        run(Duration.ofSeconds(5));
        for (int i = 10; i < 20; i++) {
            device("d" + i, blob);
        }
        untilAllHaveIt();
        assertThat(desk.counts().sharedBytes() + desk.counts().ownBytes())
                .isLessThanOrEqualTo((long) (blob.length * 2.1));
    }

    @Test
    void aLinkThatLosesAndBreaksOnlyCostsTime() throws IOException {
        long seed = Long.getLong("fulmar.seed", System.nanoTime());
        broker = new InMemoryBroker(new Faults(seed, 0.05, 0.02, 0.02, 0.002, 0, Duration.ofMillis(80)));
        restart(Long.MAX_VALUE / 4);
        byte[] blob = blob(1_500_000, 4);
        for (int i = 0; i < 12; i++) {
            device("d" + i, blob);
        }
        try {
            untilAllHaveIt();
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @Test
    void theRateIsKept() throws IOException {
        restart(1_000_000);
        byte[] blob = blob(4_000_000, 5);
        device("d1", blob);
        long before = now;
        untilAllHaveIt();
        assertThat((now - before) / 1e9).isGreaterThan(3.0);
    }

    @Test
    void aDeviceThatHoldsTheModelBeforeIsOfferedAPatch() throws IOException {
        byte[] old = blob(300_000, 6);
        byte[] changed = old.clone();
        byte[] layer = new byte[30_000];
        new SplittableRandom(7).nextBytes(layer);
        System.arraycopy(layer, 0, changed, 100_000, layer.length);
        keep(changed);
        Receiver device = device("d1", changed, List.of(sha256(new byte[1]), sha256(old)));
        while (device.remarks.isEmpty()) {
            step();
        }
        assertThat(device.remarks.getFirst()).isInstanceOfSatisfying(BlobAnswer.Patch.class, patch -> {
            assertThat(patch.from()).isEqualTo(sha256(old));
            assertThat(patch.size()).isBetween(30_000L, 32_000L);
            Receiver next = receiver("d1-patch", patch.patch(), (int) patch.size(), List.of(), null);
            while (!next.isDone()) {
                step();
            }
            assertThat(applied(old, next.content(), changed.length)).isEqualTo(changed);
        });
        assertThat(desk.counts().ownBytes()).isLessThan(40_000);
    }

    @Test
    void whereAPatchWouldNotBeSmallerTheWholeBlobComes() throws IOException {
        byte[] old = blob(200_000, 8);
        byte[] other = blob(200_000, 9);
        Receiver device = device("d1", other, List.of(sha256(old)));
        untilAllHaveIt();
        assertThat(device.remarks).isEmpty();
        assertThat(desk.counts().patches()).isZero();
        assertThat(dir.resolve("patches")).as("what is of no use is not kept").doesNotExist();
    }

    @Test
    void whoeverWaitsForAPatchTooLongGetsTheWholeAndNobodyElseWaits() throws IOException {
        making = false;
        run(Duration.ofSeconds(2)); // until the fleet listens
        byte[] old = blob(300_000, 12);
        byte[] changed = changed(old, 13);
        Receiver waits = device("d1", changed, List.of(sha256(old)));
        Receiver other = device("d2", blob(200_000, 14));
        long began = now;
        while (!other.isDone()) {
            step();
        }
        assertThat(waits.received).isZero();
        assertThat(Duration.ofNanos(now - began)).isLessThan(Limits.PATCH_WAIT);
        untilAllHaveIt();
        assertThat(desk.counts().patches()).isZero();

        making = true;
        Receiver next = device("d3", changed, List.of(sha256(old)));
        while (next.remarks.isEmpty()) {
            step();
        }
        assertThat(next.remarks.getFirst()).isInstanceOf(BlobAnswer.Patch.class);
    }

    @Test
    void theOldestPatchesAreDeletedWhereThereIsNoRoomAndMadeAgainWhenTheyAreWanted() throws IOException {
        patches = new PatchMaker(dir.resolve("patches"), 80_000);
        restart(Long.MAX_VALUE / 4);
        byte[] old = blob(300_000, 15);
        for (int i = 0; i < 5; i++) {
            byte[] changed = changed(old, 16 + i);
            offered(changed, old, "d" + i);
            long aged = System.currentTimeMillis() - 100_000L + 1_000L * i;
            Files.setLastModifiedTime(patch(old, changed), FileTime.fromMillis(aged));
        }
        try (var kept = Files.list(dir.resolve("patches"))) {
            assertThat(kept.mapToLong(it -> it.toFile().length()).sum()).isBetween(30_000L, 80_000L);
        }
        byte[] first = changed(old, 16);
        assertThat(patch(old, first)).doesNotExist();
        assertThat(patch(old, changed(old, 20))).exists();
        offered(first, old, "again");
        assertThat(patch(old, first)).exists();
        Files.delete(patch(old, first));
        offered(first, old, "by-hand");
    }

    private void offered(byte[] changed, byte[] old, String id) {
        Receiver device = device(id, changed, List.of(sha256(old)));
        while (device.remarks.isEmpty()) {
            step();
        }
        assertThat(device.remarks.getFirst()).isInstanceOf(BlobAnswer.Patch.class);
    }

    private Path patch(byte[] old, byte[] changed) {
        return dir.resolve("patches").resolve(sha256(old) + "-" + sha256(changed));
    }

    private byte[] changed(byte[] old, long seed) throws IOException {
        byte[] changed = old.clone();
        byte[] layer = new byte[30_000];
        new SplittableRandom(seed).nextBytes(layer);
        System.arraycopy(layer, 0, changed, 100_000, layer.length);
        keep(changed);
        return changed;
    }

    @Test
    void whatTheFleetDoesNotHaveIsRefusedWithTheReason() throws IOException {
        byte[] blob = blob(50_000, 10);
        Receiver unknown = receiver("d1", sha256(new byte[7]), 7, List.of(), null);
        Receiver wrongSize = receiver("d2", sha256(blob), 49_999, List.of(), null);
        while (unknown.remarks.isEmpty() || wrongSize.remarks.isEmpty()) {
            step();
        }
        assertThat(unknown.remarks.getFirst())
                .isInstanceOfSatisfying(
                        BlobAnswer.Refused.class,
                        refused -> assertThat(refused.reason()).contains("does not have it"));
        assertThat(wrongSize.remarks.getFirst())
                .isInstanceOfSatisfying(
                        BlobAnswer.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo("it has 50000 bytes here, not 49999"));
    }

    @Test
    void aRevokedDeviceGetsNothingAndNonsenseIsCounted() throws IOException {
        byte[] blob = blob(50_000, 11);
        revoked.add("d1");
        Receiver device = device("d1", blob);
        run(Duration.ofSeconds(30));
        assertThat(device.received).isZero();
        long refused = desk.counts().refused();
        assertThat(refused).isPositive();
        var speaker = new InMemoryLink(
                broker, LinkConfig.builder(InMemoryBroker.URL, "d9").build(), new Random(1), event -> {});
        for (int i = 0; i < 1_000; i++) {
            speaker.work(now);
            speaker.publish(OutboundMessage.of(topics.blobGet("d9"), new byte[] {'{', (byte) i}, 1, false, i));
            step();
        }
        assertThat(desk.counts().refused()).isGreaterThan(refused + 500);
    }

    // ---- tools

    private TransferDesk open(long bytesPerSecond) {
        return new TransferDesk(
                topics,
                listener -> new InMemoryLink(
                        broker,
                        LinkConfig.builder(InMemoryBroker.URL, "transfer")
                                .subscriptions(topics.everyBlobGet())
                                .build(),
                        new Random(1),
                        listener),
                digest -> Files.exists(dir.resolve(digest)) ? dir.resolve(digest) : null,
                patches,
                revoked::contains,
                bytesPerSecond);
    }

    private void restart(long bytesPerSecond) {
        desk.close();
        desk = open(bytesPerSecond);
    }

    private byte[] blob(int size, long seed) throws IOException {
        byte[] blob = new byte[size];
        new SplittableRandom(seed).nextBytes(blob);
        keep(blob);
        return blob;
    }

    private void keep(byte[] blob) throws IOException {
        Files.write(dir.resolve(sha256(blob)), blob);
    }

    private Receiver device(String id, byte[] blob) {
        return device(id, blob, List.of());
    }

    private Receiver device(String id, byte[] blob, List<String> have) {
        return receiver(id, sha256(blob), blob.length, have, blob);
    }

    private Receiver receiver(String id, String digest, int size, List<String> have, byte @Nullable [] expected) {
        Receiver device = new Receiver(broker, topics, id, digest, size, have, expected);
        devices.add(device);
        return device;
    }

    private void untilAllHaveIt() {
        long end = now + PATIENCE.toNanos();
        while (!devices.stream().allMatch(Receiver::isDone)) {
            assertThat(now).as("in time").isLessThan(end);
            step();
        }
    }

    private void run(Duration time) {
        for (long end = now + time.toNanos(); now < end; ) {
            step();
        }
    }

    private void step() {
        now += STEP;
        broker.work(now);
        if (making) {
            patches.work(now);
        }
        desk.work(now);
        devices.forEach(device -> device.work(now));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] applied(byte[] old, byte[] patch, long size) {
        try (FileChannel from = FileChannel.open(Files.write(dir.resolve("old"), old));
                FileChannel by = FileChannel.open(Files.write(dir.resolve("by"), patch))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Delta.apply(from, by, size, out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
