package io.fulmar.cli.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.sync.outbox.AckResult;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.Acknowledge;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A store that makes its rows again must never contradict what it has sent before. */
class GeneratedStoreTest {
    private static final ModelRef ONE = new ModelRef("m", "1.0.0", "0".repeat(64));
    private static final ModelRef TWO = new ModelRef("m", "2.0.0", "1".repeat(64));

    private final Rows rows = new Rows(42, "0", ONE, 1_000, 10, 0.5, 1_700_000_000_000L);
    private final AtomicLong epochs = new AtomicLong();
    private final GeneratedStore store = new GeneratedStore(rows::row, epochs::incrementAndGet);

    @Test
    void allBatchesTogetherHaveTheHashThatTheStoreNames() {
        store.record(1_000);
        rows.startAt(1_700_000_100_000L);
        store.record(rows.until(5_000_000_000L));
        rows.changed(store.recorded() + 1, 2, TWO);
        store.record(rows.until(10_000_000_000L));
        assertThat(store.recorded()).isEqualTo(1_100);

        ChainHash hash = ChainHash.ZERO;
        long from = 1;
        while (from < state().next()) {
            Batch batch = read(from, 137);
            assertThat(batch.previous()).isEqualTo(hash);
            hash = batch.tailHash();
            from = batch.last() + 1;
        }
        assertThat(hash).isEqualTo(state().tailHash());
        assertThat(read(1, 137)).as("sent again").isEqualTo(read(1, 137));
        assertThat(read(60, 10).previous()).isEqualTo(read(50, 10).tailHash());
    }

    @Test
    void anAcknowledgementIsBelievedOnlyWithTheHashOfThatRow() {
        store.record(500);
        Batch first = read(1, 200);

        assertThat(store.acknowledge(acknowledge(501, first.tailHash()))).isInstanceOf(AckResult.Disbelieved.class);
        assertThat(store.acknowledge(acknowledge(200, ChainHash.ZERO))).isInstanceOf(AckResult.Disbelieved.class);
        assertThat(store.acknowledge(acknowledge(200, first.tailHash()))).isEqualTo(new AckResult.Advanced(200, 200));
        assertThat(store.acknowledge(acknowledge(200, first.tailHash()))).isInstanceOf(AckResult.Stale.class);
        assertThat(store.acknowledge(acknowledge(250, read(201, 50).tailHash())))
                .isEqualTo(new AckResult.Advanced(250, 50));
        assertThat(store.buffered()).isEqualTo(250);
        assertThat(read(100, 10).rows().getFirst()).as("rows that are gone").isInstanceOf(Row.Gap.class);
    }

    @Test
    void aNewEpochGoesOnWithTheRowsAfterThoseThatAreSetAside() {
        store.record(300);
        assertThat(store.acknowledge(acknowledge(100, read(1, 100).tailHash()))).isInstanceOf(AckResult.Advanced.class);
        store.renew("a test");
        store.record(320);

        assertThat(state().epoch()).isEqualTo(2);
        assertThat(state().next()).isEqualTo(21);
        assertThat(store.setAside()).isEqualTo(200);
        assertThat(store.recorded()).isEqualTo(320);
        assertThat(store.acknowledged()).isEqualTo(100);
        assertThat(read(1, 1).rows().getFirst()).isEqualTo(new Row.Data(rows.row(301)));
    }

    private StreamState state() {
        return store.state(Stream.DATA);
    }

    private Batch read(long from, int most) {
        return Objects.requireNonNull(store.read(Stream.DATA, from, most, 1 << 20));
    }

    private Acknowledge acknowledge(long upTo, ChainHash hash) {
        return new Acknowledge(state().epoch(), Stream.DATA, upTo, hash, 8, 0, 0);
    }
}
