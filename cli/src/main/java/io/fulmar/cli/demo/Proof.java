package io.fulmar.cli.demo;

import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.GapRow;
import io.fulmar.fleet.query.StoredRecord;
import io.fulmar.model.pack.Digest;
import io.fulmar.sync.wire.DeviceRecord;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Compares what devices promised in their receipt ledgers with what the fleet's database holds.
 *
 * <p>It trusts neither side's counters: it looks for every single receipt, compares the digest of the recorded bytes,
 * and looks for the same bytes under two keys.
 *
 * <p>Owned by one thread.
 */
final class Proof {
    private static final int MISSING_NAMED = 10;

    private final Map<Key, Held> held = new HashMap<>();
    private final Map<Range, NavigableMap<Long, Long>> declared = new HashMap<>();
    private final Set<ModelRef> models = new LinkedHashSet<>();
    private final List<Long> inferenceMicros = new ArrayList<>();
    private final List<Long> recordToAckMillis = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private long recorded;
    private long delivered;
    private long lost;
    private long duplicated;
    private long altered;
    private long buffered;
    private long gaps;

    /** The sequence numbers of one stream of one store of one device. */
    private record Range(String device, long epoch, Stream stream) {}

    private record Key(String device, Receipt receipt) {}

    /** What the fleet holds under a key; {@code recordedAtMillis} is negative where the bytes do not say. */
    private record Held(String sha256, long recordedAtMillis) {}

    /**
     * The outcome. Immutable.
     *
     * @param recorded receipts that devices gave
     * @param delivered receipts whose row is in the fleet's database with the recorded bytes
     * @param lost receipts that are nowhere: not delivered, not buffered, not declared as a gap
     * @param duplicated rows of the fleet whose bytes it holds under more than one key
     * @param altered receipts whose row in the fleet has other bytes
     * @param buffered receipts whose row is still in the device's outbox only
     * @param gaps receipts that the device has given up and declared
     * @param withoutReceipt rows of the fleet that a device committed, but was killed before it could give the receipt;
     *     allowed
     * @param missing some of the lost ones, for a person to look into
     */
    record Verdict(
            long recorded,
            long delivered,
            long lost,
            long duplicated,
            long altered,
            long buffered,
            long gaps,
            long withoutReceipt,
            List<String> missing,
            Percentiles inferenceMicros,
            Percentiles recordToAckMillis,
            List<ModelRef> models) {
        Verdict {
            missing = List.copyOf(missing);
            models = List.copyOf(models);
        }

        /** Whether every promise was kept. */
        boolean holds() {
            return lost == 0 && duplicated == 0 && altered == 0;
        }
    }

    /** Nearest-rank percentiles of a set of measurements; zero where there are none. Immutable. */
    record Percentiles(long p50, long p99) {
        static Percentiles of(List<Long> values) {
            long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
            return new Percentiles(rank(sorted, 0.50), rank(sorted, 0.99));
        }

        private static long rank(long[] sorted, double share) {
            return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(share * sorted.length) - 1];
        }
    }

    private Proof() {}

    /**
     * Looks for every receipt of every device.
     *
     * @param ledgers each device's ledger, by device id
     * @param isBuffered whether a device's outbox still holds the row of a receipt
     */
    static Verdict of(Map<String, ReceiptLedger> ledgers, FleetQueries fleet, BiPredicate<String, Receipt> isBuffered) {
        var proof = new Proof();
        proof.read(fleet);
        ledgers.forEach((device, ledger) -> {
            proof.look(device, ledger, receipt -> isBuffered.test(device, receipt));
            proof.timeToAck(device, ledger);
        });
        return proof.verdict();
    }

    private void read(FleetQueries fleet) {
        Set<String> seen = new HashSet<>();
        fleet.forEachRecord(stored -> {
            String digest = Digest.of(stored.bytes());
            if (!seen.add(stored.device() + digest)) {
                duplicated++;
            }
            held.put(new Key(stored.device(), stored.receipt()), new Held(digest, recordedAt(stored)));
        });
        for (GapRow gap : fleet.gaps()) {
            var range = new Range(gap.device(), Epochs.parse(gap.epoch()), Stream.ofTopicName(gap.stream()));
            declared.computeIfAbsent(range, key -> new TreeMap<>()).put(gap.first(), gap.last());
        }
    }

    private long recordedAt(StoredRecord stored) {
        try {
            DeviceRecord record = Records.decode(stored.bytes());
            if (record instanceof Prediction prediction) {
                inferenceMicros.add(prediction.inferMicros());
                models.add(prediction.model());
            }
            return record.at().wallMillis();
        } catch (WireException e) {
            return -1; // if these are not the recorded bytes, their digest will tell
        }
    }

    private void look(String device, ReceiptLedger ledger, Predicate<Receipt> isBuffered) {
        for (ReceiptLedger.Entry entry : ledger.receipts()) {
            recorded++;
            Receipt receipt = entry.receipt();
            Held row = held.get(new Key(device, receipt));
            if (row != null && row.sha256().equals(entry.sha256())) {
                delivered++;
            } else if (row != null) {
                altered++;
            } else if (isDeclared(device, receipt)) {
                gaps++;
            } else if (isBuffered.test(receipt)) {
                buffered++;
            } else {
                lost++;
                if (missing.size() < MISSING_NAMED) {
                    missing.add(
                            device + " " + Epochs.text(receipt.epoch()) + " " + receipt.stream() + " " + receipt.seq());
                }
            }
        }
    }

    private boolean isDeclared(String device, Receipt receipt) {
        NavigableMap<Long, Long> ranges =
                declared.getOrDefault(new Range(device, receipt.epoch(), receipt.stream()), new TreeMap<>());
        Map.Entry<Long, Long> range = ranges.floorEntry(receipt.seq());
        return range != null && receipt.seq() <= range.getValue();
    }

    /** The first acknowledgement that reaches a row is the one that counts. */
    private void timeToAck(String device, ReceiptLedger ledger) {
        Map<Range, Long> reached = new HashMap<>();
        for (ReceiptLedger.Acknowledged ack : ledger.acknowledgements()) {
            var range = new Range(device, ack.epoch(), ack.stream());
            for (long seq = reached.getOrDefault(range, 0L) + 1; seq <= ack.upTo(); seq++) {
                Held row = held.get(new Key(device, new Receipt(ack.epoch(), ack.stream(), seq)));
                if (row != null && row.recordedAtMillis() >= 0) {
                    recordToAckMillis.add(ack.atMillis() - row.recordedAtMillis());
                }
            }
            reached.merge(range, ack.upTo(), Math::max);
        }
    }

    private Verdict verdict() {
        return new Verdict(
                recorded,
                delivered,
                lost,
                duplicated,
                altered,
                buffered,
                gaps,
                held.size() - delivered - altered,
                missing,
                Percentiles.of(inferenceMicros),
                Percentiles.of(recordToAckMillis),
                List.copyOf(models));
    }
}
