package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that appends is killed with SIGKILL again and again; no receipt that it printed may be missing (P1). */
class OutboxKillIT {
    private static final int KILLS = 30;

    @Test
    void noReceiptIsMissingAfterThirtyKills(@TempDir Path dir) throws Exception {
        Random random = new Random(20261121);
        Map<String, String> receipts = new HashMap<>();
        Path out = dir.resolve("receipts");
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = new ProcessBuilder(
                            RecordingChild.command(dir.resolve("state").toString()))
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            long wanted = 200L + random.nextInt(20_000);
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (Files.size(out) < wanted && child.isAlive() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            child.destroyForcibly();
            child.waitFor();
            List<String> lines = new ArrayList<>(List.of(Files.readString(out).split("\n", -1)));
            lines.removeLast();
            assertThat(lines).as("kill %d", kill).isNotEmpty();
            for (String line : lines) {
                int space = line.indexOf(' ');
                assertThat(receipts.put(line.substring(0, space), line.substring(space + 1)))
                        .as("given twice: " + line)
                        .isNull();
            }
        }
        long held = 0;
        try (World world = new World(dir.resolve("state"))) {
            for (Stream stream : Stream.values()) {
                long next = 1;
                for (Batch batch = world.outbox.read(stream, 1, 1000, 1_000_000);
                        batch != null;
                        batch = world.outbox.read(stream, next, 1000, 1_000_000)) {
                    assertThat(batch.first()).isEqualTo(next);
                    for (Row row : batch.rows()) {
                        String bytes = new String(((Row.Data) row).record(), StandardCharsets.UTF_8);
                        String printed = receipts.remove(stream.topicName() + "/" + next);
                        assertThat(printed == null || printed.equals(bytes)).isTrue();
                        held++;
                        next++;
                    }
                }
                assertThat(world.outbox.counters(stream).quarantined()).isZero();
            }
        }
        assertThat(receipts).isEmpty();
        System.out.println("measured: " + KILLS + " kills, " + held + " rows held, receipts missing 0");
    }
}
