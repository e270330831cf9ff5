package io.fulmar.fleet.ingest;

import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.GapReason;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What one stream of a device recorded, and batches cut from it. Owned by the test. */
final class TestStream {
    static final Wire WIRE = new Wire(new Topics(Topics.DEFAULT_PREFIX));

    private final String device;
    private final long epoch;
    private final Stream stream;
    private final List<byte[]> records = new ArrayList<>();
    private final List<ChainHash> hashes = new ArrayList<>();

    TestStream(String device, long epoch, Stream stream) {
        this.device = device;
        this.epoch = epoch;
        this.stream = stream;
    }

    TestStream record(int count) {
        for (int i = 0; i < count; i++) {
            record(("record " + (records.size() + 1) + " of " + device).getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    TestStream record(byte[] bytes) {
        hashes.add(hash(records.size()).next(epoch, stream, records.size() + 1L, bytes));
        records.add(bytes);
        return this;
    }

    long epoch() {
        return epoch;
    }

    Stream stream() {
        return stream;
    }

    String device() {
        return device;
    }

    int size() {
        return records.size();
    }

    byte[] bytes(long seq) {
        return records.get((int) seq - 1);
    }

    /** The chain hash of that row. */
    ChainHash hash(long seq) {
        return seq == 0 ? ChainHash.ZERO : hashes.get((int) seq - 1);
    }

    Arrival rows(long first, long last) {
        List<Row> rows = new ArrayList<>();
        for (long seq = first; seq <= last; seq++) {
            rows.add(new Row.Data(bytes(seq)));
        }
        return arrival(new Batch(epoch, stream, first, hash(first - 1), rows));
    }

    /** A gap, and rows after it. */
    Arrival gapThenRows(long first, long gapLast, long last) {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row.Gap(gapLast, GapReason.QUOTA, gapLast - first + 1, hash(gapLast)));
        for (long seq = gapLast + 1; seq <= last; seq++) {
            rows.add(new Row.Data(bytes(seq)));
        }
        return arrival(new Batch(epoch, stream, first, null, rows));
    }

    private Arrival arrival(Batch batch) {
        return new Arrival(device, batch, WIRE.encode(device, batch), 1_000);
    }
}
