package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqliteLedgerTest extends LedgerContract {

    @Override
    TestDatabase database() {
        return TestDatabase.SQLITE;
    }

    /**
     * Copies the database before every single step that the ledger takes: each copy is what kill -9 would have left at that
     * moment. Each must open, hold a prefix, and take everything that was not acknowledged again.
     */
    @Test
    void killedAtAnyStepItHoldsAPrefixAndTakesTheRestAgain() {
        var device = new TestStream("press-7", 7, Stream.DATA).record(12);
        Path live = dir.resolve("live");
        List<Path> copies = new ArrayList<>();
        List<Long> acknowledged = new ArrayList<>();
        long[] acknowledgedNow = {0};
        try (Session session = Database.in(live).openWriter()) {
            var ledger = Stepping.ledger(Stepping.of(session, () -> {
                copies.add(copy(live, dir.resolve("killed-" + copies.size())));
                acknowledged.add(acknowledgedNow[0]);
            }));
            for (List<Arrival> group : deliveries(device)) {
                for (Verdict verdict : ledger.ingest(group)) {
                    acknowledgedNow[0] = verdict.head().next() - 1;
                }
            }
            ledger.close();
        }

        assertThat(copies).hasSizeGreaterThan(20);
        for (int i = 0; i < copies.size(); i++) {
            Path killed = copies.get(i);
            try (var ledger = open(killed)) {
                long next = ledger.head("press-7", 7, Stream.DATA).next();
                assertThat(next - 1).isGreaterThanOrEqualTo(acknowledged.get(i));
                for (List<Arrival> group : deliveries(device)) {
                    ledger.ingest(group);
                }
                assertThat(one(ledger, device.rows(1, 12))).isInstanceOf(Verdict.Duplicate.class);
            }
            Contents contents = read(killed);
            assertThat(contents.rows(device)).extracting(StoredRow::seq).doesNotHaveDuplicates();
            contents.requirePrefix(device, 12, contents.gaps(device).toArray(Gap[]::new));
        }
    }

    private static List<List<Arrival>> deliveries(TestStream device) {
        return List.of(
                List.of(device.rows(1, 3)),
                List.of(device.rows(2, 5), device.rows(8, 9)),
                List.of(device.gapThenRows(6, 7, 9), device.rows(1, 4)),
                List.of(device.rows(9, 12)));
    }

    /** A restored backup knows less than the device was told; it asks for the rest, and what is gone is declared. */
    @Test
    void aRestoredBackupAsksForWhatItLostAndTakesADeclaration() {
        var device = new TestStream("press-7", 7, Stream.DATA).record(30);
        Path live = dir.resolve("live");
        Path backup;
        try (var ledger = open(live)) {
            one(ledger, device.rows(1, 10));
            backup = copy(live, dir.resolve("backup"));
            one(ledger, device.rows(11, 20));
        }
        try (var ledger = open(backup)) {
            assertThat(one(ledger, device.rows(21, 25)))
                    .isEqualTo(new Verdict.Ahead(new StreamHead(11, device.hash(10))));
            assertThat(one(ledger, device.gapThenRows(11, 20, 25)))
                    .isEqualTo(new Verdict.Stored(new StreamHead(26, device.hash(25)), 5, 0));
        }
        read(backup).requirePrefix(device, 25, new Gap(11, 20));
    }

    private static Path copy(Path from, Path to) {
        try {
            Files.createDirectories(to);
            for (String name : List.of("fleet.db", "fleet.db-wal")) {
                if (Files.exists(from.resolve(name))) {
                    Files.copy(from.resolve(name), to.resolve(name));
                }
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
