package io.fulmar.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.DeviceClock;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.HealthWatch;
import io.fulmar.agent.health.StatusReport;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.health.TimeService;
import io.fulmar.agent.run.ControlWorker;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.FleetInbox;
import io.fulmar.agent.run.LinkPlan;
import io.fulmar.agent.run.SentAway;
import io.fulmar.agent.run.StoredModels;
import io.fulmar.model.delta.Delta;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.store.ModelStore;
import io.fulmar.model.store.Release;
import io.fulmar.model.store.StoreException;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.BlobAnswer;
import io.fulmar.sync.wire.BlobCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes of a blob, and a disk that does not take it for a while. */
class FetcherTest {
    private static final String ID = "d1";
    private static final Path FULL = Path.of("/dev/full");

    private final Path blobs;
    private final Path parts;
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);
    private final Pieces pieces = new Pieces(new Doorbell());
    private final SplittableRandom random = new SplittableRandom(20261122);
    private final Outbox outbox;
    private final StoredModels models;
    private final ControlWorker control;
    private final Fetcher fetcher;
    private long now = 1;

    FetcherTest(@TempDir Path dir) {
        this.blobs = dir.resolve("models/blobs/sha256");
        this.parts = dir.resolve("models/parts");
        Counters counters = new Counters();
        DeviceClock clock = new DeviceClock(() -> Instant.EPOCH, () -> now, TimeService.ofHost(), 0, dir);
        Conditions conditions = new Conditions(clock, () -> now);
        this.outbox = Outbox.open(
                new OutboxConfig(dir.resolve("outbox"), 4 << 20, 0, Duration.ofDays(1), WhenFull.EVICT_OLDEST),
                () -> Instant.EPOCH);
        HealthWatch health =
                new HealthWatch(clock, conditions, () -> StoreView.of(outbox), counters, List::of, known -> {});
        this.models = StoredModels.open(dir, null, null, "1.0.0", () -> 0, conditions, (name, what) -> {});
        this.control = new ControlWorker(
                ID,
                new LinkPlan(
                        new Wire(topics),
                        listener -> new InMemoryLink(
                                new InMemoryBroker(Faults.none()),
                                LinkConfig.builder(InMemoryBroker.URL, ID).build(),
                                random.split(),
                                listener)),
                new FleetInbox(counters, new Doorbell()),
                new StatusReport(
                        "test", () -> Instant.EPOCH, () -> 0, List::of, 4 << 20, () -> StoreView.of(outbox), health),
                health,
                counters,
                new FaultLog(() -> Instant.EPOCH),
                (topic, message) -> {},
                new SentAway("", conditions, random.split()));
        this.fetcher = new Fetcher(
                ID, models, control, new Doorbell(), pieces, counters, random.split(), () -> Long.MAX_VALUE);
    }

    @AfterEach
    void close() {
        fetcher.close();
        control.close();
        models.close();
        outbox.close();
    }

    @Test
    void whatTheDiskDidNotTakeIsTakenWhenItIsWellAgain() throws IOException {
        byte[] blob = bytes(50_000);
        String digest = Digest.of(blob);
        Path inTheWay = Files.createDirectories(blobs.resolve(digest).resolve("x"));
        fetch(blob, List.of());
        come(digest, 0, blob);
        assertThatThrownBy(() -> fetch(blob, List.of())).isInstanceOf(StoreException.class);
        assertThat(fetcher.isBusy()).isFalse();
        assertThatThrownBy(() -> fetch(blob, List.of()))
                .as("the disk is as it was")
                .isInstanceOf(StoreException.class)
                .hasMessageNotContaining("Closed");

        Files.delete(inTheWay);
        Files.delete(blobs.resolve(digest));
        assertThat(fetch(blob, List.of())).as("without another byte").isInstanceOf(Fetcher.Result.Got.class);
        assertThat(read(blob)).isEqualTo(blob);
    }

    @Test
    void whatAPatchMakesAndTheDiskDidNotTakeIsMadeAgainOfTheSamePatch() throws IOException {
        assumeThat(FULL).exists();
        byte[] old = bytes(80_000);
        byte[] blob = old.clone();
        blob[40_000] ^= 1;
        byte[] patch = Delta.between(old, blob);
        String digest = Digest.of(blob);
        List<String> have = List.of(put(old));
        Files.createSymbolicLink(parts.resolve(digest), FULL);
        fetch(blob, have);
        offer(digest, have.getFirst(), patch);
        fetch(blob, have);
        come(Digest.of(patch), 0, patch);
        assertThatThrownBy(() -> fetch(blob, have)).isInstanceOf(StoreException.class);

        Files.delete(parts.resolve(digest));
        fetch(blob, have);
        offer(digest, have.getFirst(), patch);
        assertThat(fetch(blob, have)).as("no byte came again").isInstanceOf(Fetcher.Result.Got.class);
        assertThat(read(blob)).isEqualTo(blob);
        assertThat(blobs.resolve(Digest.of(patch))).doesNotExist();
    }

    @Test
    void aFileOfAReleaseIsNeverTakenForAPatchAndDeleted() {
        byte[] old = bytes(80_000);
        byte[] blob = bytes(80_000);
        List<String> have = List.of(put(old));
        String manifest = put(bytes(100));
        Release release = new Release("1.0.0", 1, manifest, null, have);
        models.store((ModelStore it) -> it.install("m", release));
        fetch(blob, have);
        offer(Digest.of(blob), have.getFirst(), new byte[100], manifest);
        assertThat(fetch(blob, have)).isInstanceOf(Fetcher.Result.Going.class);
        assertThat(models.<Boolean>store(it -> it.has(manifest))).isTrue();
        come(Digest.of(blob), 0, blob);
        assertThat(fetch(blob, have)).isInstanceOf(Fetcher.Result.Got.class);
    }

    // ---- tools

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private String put(byte[] bytes) {
        return models.store(it -> it.put(bytes));
    }

    private byte[] read(byte[] blob) {
        return models.store(it -> it.read(Digest.of(blob), blob.length));
    }

    private Fetcher.Result fetch(byte[] blob, List<String> have) {
        now += 1_000_000;
        return fetcher.fetch(Digest.of(blob), blob.length, have, now);
    }

    private void come(String digest, int offset, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += 32 << 10) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + (32 << 10)));
            offer(digest, BlobCodec.chunk(topics.deviceBlob(ID, digest), (long) offset + at, piece));
        }
    }

    private void offer(String digest, String from, byte[] patch) {
        offer(digest, from, patch, Digest.of(patch));
    }

    private void offer(String digest, String from, byte[] patch, String called) {
        String topic = topics.deviceBlob(ID, digest);
        offer(digest, BlobCodec.encode(topic, new BlobAnswer.Patch(digest, from, called, patch.length)));
    }

    private void offer(String digest, Envelope it) {
        pieces.offer(
                new Topic.DeviceBlob(ID, digest),
                new InboundMessage(it.topic(), it.payload(), it.contentType(), it.userProperties(), null, null, false));
    }
}
