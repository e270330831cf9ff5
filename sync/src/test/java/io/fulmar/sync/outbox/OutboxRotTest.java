package io.fulmar.sync.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flipped bit may cost rows, which is then declared; it never becomes a wrong row, and never an unseen loss (P6). */
class OutboxRotTest {
    private static final int ROWS = 400;
    private static final int FLIPS = 150;

    @Test
    void aFlippedBitInTheDatabaseIsNeverReadAsARow(@TempDir Path dir) throws Exception {
        flip(dir, Store.NAME, true);
    }

    @Test
    void aFlippedBitInTheLogIsNeverReadAsARow(@TempDir Path dir) throws Exception {
        flip(dir, Store.WAL_NAME, false);
    }

    private static void flip(Path dir, String name, boolean closed) throws Exception {
        Random random = new Random(7);
        World origin = new World(dir.resolve("origin"));
        origin.fill(Stream.DATA, ROWS, 100);
        if (closed) {
            origin.close();
        }
        int damaged = 0;
        for (int i = 0; i < FLIPS; i++) {
            Path copy = dir.resolve("copy" + i);
            Files.createDirectories(copy);
            for (String file : new String[] {Store.NAME, Store.WAL_NAME, Highwater.NAME}) {
                if (Files.exists(origin.dir.resolve(file))) {
                    Files.copy(origin.dir.resolve(file), copy.resolve(file));
                }
            }
            byte[] bytes = Files.readAllBytes(copy.resolve(name));
            int bit = random.nextInt(bytes.length * 8);
            bytes[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(copy.resolve(name), bytes);
            try (World world = new World(copy)) {
                long epoch = origin.outbox.state(Stream.DATA).epoch();
                int read = 0;
                for (long from = 1; world.outbox.state(Stream.DATA).epoch() == epoch && from <= ROWS; ) {
                    Batch batch = world.outbox.read(Stream.DATA, from, 50, 100_000);
                    if (batch == null) {
                        break;
                    }
                    for (Row row : batch.rows()) {
                        assertThat(new String(((Row.Data) row).record(), StandardCharsets.UTF_8).strip())
                                .startsWith("DATA-" + read);
                        read++;
                    }
                    from = batch.last() + 1;
                }
                boolean replaced = world.outbox.state(Stream.DATA).epoch() != epoch;
                damaged += replaced ? 1 : 0;
                assertThat(replaced || read == ROWS)
                        .as("bit %d of %s", bit, name)
                        .isTrue();
                assertThat(world.outbox.counters(Stream.DATA).recorded()).isEqualTo(ROWS);
                assertThat(world.outbox.counters(Stream.DATA).quarantined()).isEqualTo(replaced ? ROWS : 0);
            }
        }
        origin.close();
        assertThat(damaged).isPositive();
    }
}
