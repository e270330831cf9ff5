package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.sync.wire.Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PostgresLedgerTest extends LedgerContract {
    @Override
    TestDatabase database() {
        return TestDatabase.POSTGRESQL;
    }

    /** Everything is delivered to everybody, in no order, until all of it is stored: whoever comes second sees it. */
    @Test
    void severalServicesThatAreSentTheSameStoreItOnce() throws Exception {
        List<TestStream> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(new TestStream("press-" + i, 7, Stream.DATA).record(200));
            streams.add(new TestStream("press-" + i, 7, Stream.ALARM).record(200));
        }
        session(dir).close();
        try (var services = Executors.newFixedThreadPool(3)) {
            List<Future<Long>> stored = new ArrayList<>();
            for (int service = 0; service < 3; service++) {
                stored.add(services.submit(service(streams, service)));
            }
            long rows = 0;
            for (Future<Long> each : stored) {
                rows += each.get();
            }
            assertThat(rows).isEqualTo(8 * 200);
        }
        for (TestStream stream : streams) {
            read(dir).requirePrefix(stream, 200);
        }
    }

    /** Returns how many rows it was the first to store. */
    private Callable<Long> service(List<TestStream> streams, int seed) {
        return () -> {
            var random = new Random(seed);
            long rows = 0;
            try (var ledger = OwningLedger.of(session(dir))) {
                boolean all = false;
                while (!all) {
                    List<Arrival> arrivals = new ArrayList<>();
                    all = true;
                    for (TestStream stream : streams) {
                        long next = ledger.head(stream.device(), stream.epoch(), stream.stream())
                                .next();
                        if (next <= stream.size()) {
                            all = false;
                            long first = Math.max(1, next - random.nextInt(4));
                            arrivals.add(
                                    random.nextInt(arrivals.size() + 1),
                                    stream.rows(first, Math.min(200, next + random.nextInt(9))));
                        }
                    }
                    for (Verdict verdict : all ? List.<Verdict>of() : ledger.ingest(arrivals)) {
                        assertThat(verdict).isNotInstanceOf(Verdict.Conflict.class);
                        rows += verdict instanceof Verdict.Stored it ? it.rows() : 0;
                    }
                }
            }
            return rows;
        };
    }
}
