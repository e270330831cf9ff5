package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.salvage.DamagedStore;
import io.fulmar.sync.salvage.StreamWalk;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a damaged store with a million rows costs: how soon the next one serves, and how fast it is read back. */
class SalvageScaleIT {
    private static final int ROWS = 1_000_000;

    @Test
    void aMillionRowsOfADamagedStoreAreReadBackInASmallMemory(@TempDir Path dir) throws IOException {
        OutboxConfig config =
                new OutboxConfig(dir, 1024 * World.MIB, 4 * World.MIB, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        try (World world = new World(config)) {
            for (int i = 0; i < ROWS / 1000; i++) {
                List<Draft> drafts = new ArrayList<>();
                for (int j = 0; j < 1000; j++) {
                    drafts.add(new Draft(Stream.DATA, new byte[200]));
                }
                world.outbox.append(drafts);
            }
        }
        int gone = damage(dir.resolve(Store.NAME));

        long started = System.nanoTime();
        try (World world = new World(config)) {
            world.record(Stream.DATA, "the first of the new epoch");
            long serving = System.nanoTime() - started;
            SetAside aside = SetAside.in(dir).getFirst();
            long before = used();
            started = System.nanoTime();
            try (DamagedStore pages = Objects.requireNonNull(aside.open())) {
                while (pages.scan(64) > 0) {}
                long scan = System.nanoTime() - started;
                long memory = used() - before;
                started = System.nanoTime();
                long rows = 0;
                StreamWalk walk = pages.walk(Stream.DATA, 1, null);
                for (Batch batch = walk.next(500, 256 * 1024); batch != null; batch = walk.next(500, 256 * 1024)) {
                    rows += batch.rows().stream()
                            .filter(Row.Data.class::isInstance)
                            .count();
                }
                double seconds = (System.nanoTime() - started) / 1e9;
                assertThat(rows).isGreaterThan(ROWS * 98L / 100);
                assertThat(serving).isLessThan(Duration.ofSeconds(10).toNanos());
                System.out.printf(
                        "%d of %d pages destroyed: serving after %d ms; scan %d ms, index %d KiB of heap;"
                                + " %d of %d rows read back, %.0f rows/s; heap at most %d MiB%n",
                        gone,
                        pages.pages(),
                        serving / 1_000_000,
                        scan / 1_000_000,
                        memory / 1024,
                        rows,
                        ROWS,
                        rows / seconds,
                        Runtime.getRuntime().maxMemory() >> 20);
            }
        }
    }

    /** Destroys the page of the schema and each hundredth page; returns how many. */
    private static int damage(Path file) throws IOException {
        Random random = new Random(7);
        int gone = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long pages = channel.size() / Limits.PAGE_BYTES;
            for (long page = 0; page < pages; page++) {
                if (page == 0 || random.nextInt(100) == 0) {
                    channel.write(ByteBuffer.allocate(Limits.PAGE_BYTES), page * Limits.PAGE_BYTES);
                    gone++;
                }
            }
        }
        return gone;
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
