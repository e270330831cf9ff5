package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.StoreQuarantined;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that fills up, or turns read-only, under a running store (P16). Needs root for a small tmpfs. */
class OutboxFullDiskIT {
    private Path disk;

    @BeforeEach
    void mount(@TempDir Path dir) throws Exception {
        disk = Files.createDirectory(dir.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()) == 0,
                "mounting a tmpfs needs root: the test of the full disk is left out");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-l", disk.toString());
    }

    @Test
    void aFullDiskCostsOldRowsThatAGapDeclaresAndSpaceHealsIt() throws Exception {
        try (World world = world()) {
            world.fill(Stream.DATA, 2000, 200);
            Path hog = hog();
            world.fill(Stream.DATA, 10_000, 200);
            assertThat(world.outbox.health()).isInstanceOf(OutboxHealth.Degraded.class);
            assertThat(((OutboxHealth.Degraded) world.outbox.health()).hint()).contains("space");
            Counters full = world.outbox.counters(Stream.DATA);
            assertThat(full.evicted()).isPositive();
            assertThat(full.recorded()).isEqualTo(full.buffered() + full.evicted());
            assertThat(full.recorded() + full.refused()).isEqualTo(12_000);
            Batch batch = Objects.requireNonNull(world.read(Stream.DATA));
            assertThat(batch.rows().getFirst())
                    .isInstanceOfSatisfying(
                            Row.Gap.class, gap -> assertThat(gap.reason()).isEqualTo(GapReason.DISK_FULL));
            assertThat(world.acknowledge(batch)).isInstanceOf(AckResult.Advanced.class);

            Files.delete(hog);
            world.pass(Duration.ofSeconds(2));
            world.outbox.maintain();
            assertThat(world.outbox.health()).isEqualTo(new OutboxHealth.Healthy());
            long refused = world.outbox.counters(Stream.DATA).refused();
            world.fill(Stream.DATA, 500, 200);
            assertThat(world.outbox.counters(Stream.DATA).refused()).isEqualTo(refused);
            world.reopen();
            long buffered = world.outbox.counters(Stream.DATA).buffered();
            assertThat(world.drain(Stream.DATA)).isEqualTo(buffered);
            System.out.println("measured: full disk " + full + ", refused " + refused);
        }
    }

    @Test
    void aStoreThatStartsOnAFullDiskRefusesAndRecovers() throws Exception {
        Path hog = hog();
        try (World world = world()) {
            world.append(Stream.DATA, "a");
            assertThat(world.outbox.health()).isInstanceOf(OutboxHealth.Degraded.class);
            Files.delete(hog);
            world.pass(Duration.ofSeconds(2));
            world.outbox.maintain();
            world.record(Stream.DATA, "b");
            world.pass(Duration.ofSeconds(2));
            world.outbox.maintain();
            assertThat(world.outbox.health()).isEqualTo(new OutboxHealth.Healthy());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 16, 32, 48, 64})
    void aStoreThatIsSetAsideOnAFullDiskIsKeptAndDeclaredWhenSpaceReturns(int freeKib) throws Exception {
        try (World world = world()) {
            world.fill(Stream.DATA, 500, 200);
            Path hog = hog();
            try (FileChannel channel = FileChannel.open(hog, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - freeKib * 1024L);
            }
            world.outbox.renew("the fleet said so");
            for (int i = 0; i < 8; i++) {
                world.pass(Duration.ofSeconds(2));
                world.outbox.maintain();
            }
            Files.delete(hog);
            for (int i = 0; i < 8; i++) {
                world.pass(Duration.ofSeconds(2));
                world.outbox.maintain();
            }
            assertThat(world.outbox.health()).isEqualTo(new OutboxHealth.Healthy());
            assertThat(Damage.files(disk.resolve("state"))).hasSize(1);
            assertThat(world.outbox.counters(Stream.DATA).quarantined()).isEqualTo(500);
            assertThat(Objects.requireNonNull(world.read(Stream.EVENT)).rows())
                    .hasSize(3)
                    .allSatisfy(row -> assertThat(Records.decode(((Row.Data) row).record()))
                            .isInstanceOfSatisfying(
                                    StoreQuarantined.class,
                                    declared -> assertThat(declared.reason()).isEqualTo("the fleet said so")));
        }
    }

    @Test
    void aReadOnlyDiskRefusesAndRecovers() throws Exception {
        try (World world = world()) {
            world.record(Stream.DATA, "a");
            world.outbox.close();
            assumeTrue(run("mount", "-o", "remount,ro", disk.toString()) == 0, "the disk cannot be made read-only");
            world.reopen();
            assertThat(world.append(Stream.DATA, "b").getFirst()).isInstanceOf(Appended.Refused.class);
            assertThat(world.outbox.health()).isInstanceOf(OutboxHealth.Degraded.class);
            run("mount", "-o", "remount,rw", disk.toString());
            world.pass(Duration.ofSeconds(2));
            world.outbox.maintain();
            assertThat(world.record(Stream.DATA, "c").seq()).isEqualTo(2);
            assertThat(world.texts(Stream.DATA)).containsExactly("a", "c");
        }
    }

    private World world() {
        return new World(new OutboxConfig(
                disk.resolve("state"), 64 * World.MIB, 512 * 1024, Duration.ofDays(30), WhenFull.EVICT_OLDEST));
    }

    /** Fills the disk to the last byte. */
    private Path hog() throws IOException {
        Path hog = disk.resolve("hog");
        try (OutputStream out = Files.newOutputStream(hog)) {
            byte[] page = new byte[4096];
            for (int i = 0; i < 100_000; i++) {
                out.write(page);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("space");
        }
        return hog;
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
