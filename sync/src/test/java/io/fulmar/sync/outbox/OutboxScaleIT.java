package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the store behaves with very many rows, and what it costs; prints what it measured. */
class OutboxScaleIT {
    @Test
    void openingAMillionBufferedRowsReadsNextToNothing(@TempDir Path dir) throws IOException {
        OutboxConfig config =
                new OutboxConfig(dir, 1024 * World.MIB, 4 * World.MIB, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        try (World world = new World(config)) {
            for (int i = 0; i < 1000; i++) {
                List<Draft> drafts = new ArrayList<>();
                for (int j = 0; j < 1000; j++) {
                    drafts.add(new Draft(Stream.DATA, new byte[200]));
                }
                world.outbox.append(drafts);
            }
            long readBefore = io("rchar:");
            long opened = System.nanoTime();
            world.reopen();
            long openMillis = (System.nanoTime() - opened) / 1_000_000;
            long read = io("rchar:") - readBefore;
            assertThat(world.outbox.counters(Stream.DATA).buffered()).isEqualTo(1_000_000);
            assertThat(read).as("bytes read of %d", world.outbox.sizeBytes()).isLessThan(8 * World.MIB);
            long started = System.nanoTime();
            long rows = 0;
            for (long from = 1; from <= 1_000_000; from += 500) {
                Batch batch = world.outbox.read(Stream.DATA, from, 500, 1_000_000);
                rows += batch == null ? 0 : batch.rows().size();
            }
            assertThat(rows).isEqualTo(1_000_000);
            System.out.printf(
                    "measured: 1,000,000 rows: open %d ms reading %d bytes, read and checked in %d ms, %d bytes%n",
                    openMillis, read, (System.nanoTime() - started) / 1_000_000, world.outbox.sizeBytes());
        }
    }

    @Test
    void whatDurabilityCosts(@TempDir Path dir) throws IOException {
        for (int group : new int[] {1, 64}) {
            int rows = group == 1 ? 2000 : 40_000;
            try (World world = new World(new OutboxConfig(
                    dir.resolve("group" + group),
                    256 * World.MIB,
                    World.MIB,
                    Duration.ofDays(30),
                    WhenFull.EVICT_OLDEST))) {
                long bytes = io("write_bytes:");
                long started = System.nanoTime();
                for (int done = 0; done < rows; done += group) {
                    List<Draft> drafts = new ArrayList<>();
                    for (int i = 0; i < group; i++) {
                        drafts.add(new Draft(Stream.DATA, new byte[200]));
                    }
                    assertThat(world.outbox.append(drafts)).allMatch(Appended.Recorded.class::isInstance);
                }
                double seconds = (System.nanoTime() - started) / 1e9;
                System.out.printf(
                        "measured: groups of %d: %.0f rows/s durable, %.0f bytes written per 1,000 rows of 200 bytes%n",
                        group, rows / seconds, (io("write_bytes:") - bytes) * 1000.0 / rows);
            }
        }
    }

    private static long io(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElse(0);
    }
}
