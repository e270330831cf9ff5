package io.fulmar.cli.world;

import io.fulmar.sync.outbox.Counters;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.StoreQuarantined;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares what the devices were promised with what the fleet's database holds. Owned by the test's thread. */
final class Judge {
    private final World world;
    private final Story story;
    private final Map<Stored.Key, Stored> database;
    private final List<String> violations = new ArrayList<>();

    Judge(World world) {
        this.world = world;
        this.story = world.story();
        this.database = Stored.everything(world.fleet().dir());
    }

    /** Everything that is not as the protocol says. */
    List<String> violations() {
        database.forEach(this::streamIsAContiguousPrefix);
        for (WorldDevice device : world.devices()) {
            device.history().given.forEach((receipt, texts) -> receiptIsKept(device, receipt, texts));
            database.forEach((key, stored) -> {
                if (key.device().equals(device.id())) {
                    nothingIsInvented(device, key, stored);
                }
            });
            countersAddUp(device);
        }
        return violations;
    }

    private void streamIsAContiguousPrefix(Stored.Key key, Stored stored) {
        long seq = 1;
        long rows = 0;
        long gapRows = 0;
        while (seq < stored.next) {
            Stored.Gap gap = stored.gaps.get(seq);
            if (stored.row(seq) != null) {
                rows++;
                if (gap != null) {
                    violations.add(key + ": row and gap at " + seq);
                }
                seq++;
            } else if (gap != null) {
                if (gap.count() != gap.last() - gap.first() + 1 || !isAllowed(gap.reason())) {
                    violations.add(key + ": " + gap);
                }
                gapRows += gap.count();
                seq = gap.last() + 1;
            } else {
                violations.add(key + ": a hole at " + seq);
                return;
            }
        }
        if (seq != stored.next || rows != stored.rows.size() || stored.next - 1 != rows + gapRows) {
            violations.add(key + ": " + rows + " rows and " + gapRows + " in gaps, next is " + stored.next);
        }
        if (rows != stored.rowCount || gapRows != stored.gapRowCount) {
            violations.add(key + ": counted " + stored.rowCount + " rows and " + stored.gapRowCount + " in gaps");
        }
    }

    private boolean isAllowed(String reason) {
        return switch (reason) {
            case "forgotten" -> world.fleet().restores() > 0;
            case "damaged" -> world.devices().stream().anyMatch(device -> device.restores() > 0);
            case "quota" -> story.tinyQuota();
            case "age" -> story.shortAge();
            case "several" ->
                List.of("forgotten", "damaged", "quota", "age").stream()
                                .filter(this::isAllowed)
                                .count()
                        > 1;
            default -> false;
        };
    }

    private void receiptIsKept(WorldDevice device, Receipt receipt, List<String> texts) {
        if (texts.size() != 1) {
            violations.add(device.id() + " gave " + receipt + " " + texts.size() + " times");
        }
        String why = lost(device, receipt.epoch(), receipt.stream(), receipt.seq(), texts.getFirst());
        if (why != null) {
            violations.add(device.id() + " " + receipt + " " + why);
        }
    }

    /** Why that row is lost without a word; null when it is delivered or declared. */
    private @Nullable String lost(WorldDevice device, long epoch, Stream stream, long seq, @Nullable String text) {
        Stored stored = database.get(new Stored.Key(device.id(), epoch, stream));
        String row = stored == null ? null : stored.row(seq);
        if (row != null && (text == null || row.equals(text))) {
            return null;
        }
        if (stored != null && stored.covers(seq)) {
            return null;
        }
        String declared = undeclared(device, epoch, stream, seq);
        if (declared == null) {
            return null;
        }
        if (row == null) {
            return "is missing, and " + declared;
        }
        // a gap of a restored store may end after rows that the fleet has of its other life: nobody can compare them
        boolean hidden = story.evictions() && wasAbandoned(device, new Receipt(epoch, stream, seq), row);
        return hidden ? null : "has other bytes, and " + declared;
    }

    /** Why the next epoch does not say that this row may be lost; null when it does. */
    private @Nullable String undeclared(WorldDevice device, long epoch, Stream stream, long seq) {
        List<Long> epochs = device.history().epochs;
        int index = epochs.indexOf(epoch);
        if (index < 0 || index == epochs.size() - 1) {
            return "its epoch has not ended";
        }
        long following = epochs.get(index + 1);
        long place = 1L + List.of(Stream.values()).indexOf(stream);
        Stored events = database.get(new Stored.Key(device.id(), following, Stream.EVENT));
        String row = events == null ? null : events.row(place);
        if (row == null) {
            String why = lost(device, following, Stream.EVENT, place, null);
            return why == null ? null : "the declaration " + why;
        }
        StoreQuarantined said = quarantined(row);
        if (said == null || said.epoch() != epoch || said.stream() != stream) {
            return "the next epoch does not begin with its declaration";
        }
        if (seq < said.first() && world.fleet().restores() > 0) {
            return null; // the fleet had it once and forgot it, and nobody keeps an epoch that has ended
        }
        return said.first() <= seq && seq <= said.last() ? null : "it is not in " + said;
    }

    private static @Nullable StoreQuarantined quarantined(String row) {
        try {
            return Records.decode(Bytes.of(row)) instanceof StoreQuarantined it ? it : null;
        } catch (WireException e) {
            return null;
        }
    }

    private void nothingIsInvented(WorldDevice device, Stored.Key key, Stored stored) {
        stored.rows.forEach((seq, row) -> {
            Receipt receipt = new Receipt(key.epoch(), key.stream(), seq);
            List<String> given = device.history().given.get(receipt);
            boolean known = (given != null && given.contains(row))
                    || wasAbandoned(device, receipt, row)
                    || (key.stream() == Stream.EVENT && seq <= 3 && quarantined(row) != null);
            if (!known) {
                violations.add(device.id() + " " + receipt + " has bytes that nobody gave a receipt for");
            }
        });
        if (stored.conflicts > 0 && device.restores() == 0) {
            violations.add(key + ": " + stored.conflicts + " conflicts, although no copy was ever restored");
        }
    }

    private static boolean wasAbandoned(WorldDevice device, Receipt receipt, String row) {
        List<String> texts = device.abandoned().given.get(receipt);
        return texts != null && texts.contains(row);
    }

    private void countersAddUp(WorldDevice device) {
        Outbox outbox = Objects.requireNonNull(device.outbox());
        int epochs = device.history().epochs.size();
        if (epochs > 1 && device.restores() == 0) {
            violations.add(device.id() + " began " + epochs + " epochs, although no copy was ever restored");
        }
        for (Stream stream : Stream.values()) {
            Counters counters = outbox.counters(stream);
            long receipts = device.history().given.keySet().stream()
                    .filter(it -> it.stream() == stream)
                    .count();
            long declarations = stream == Stream.EVENT ? 3L * (epochs - 1) : 0;
            if (counters.recorded() != receipts + declarations) {
                violations.add(device.id() + " " + stream + ": " + receipts + " receipts and " + declarations
                        + " declarations, but " + counters);
            }
            if (counters.recorded()
                    != counters.acknowledged() + counters.buffered() + counters.evicted() + counters.quarantined()) {
                violations.add(device.id() + " " + stream + " does not conserve: " + counters);
            }
            if (device.restores() == 0) {
                bothSidesAgree(device, stream, counters);
            }
        }
    }

    private void bothSidesAgree(WorldDevice device, Stream stream, Counters counters) {
        long rows = 0;
        long gapRows = 0;
        for (long epoch : device.history().epochs) {
            Stored stored = database.get(new Stored.Key(device.id(), epoch, stream));
            rows += stored == null ? 0 : stored.rowCount;
            gapRows += stored == null ? 0 : stored.gapRowCount;
        }
        if (rows + gapRows != counters.recorded()) {
            violations.add(device.id() + " " + stream + ": the fleet has " + rows + " rows and " + gapRows
                    + " in gaps of " + counters);
        }
        if (gapRows > counters.evicted() && world.fleet().restores() == 0) {
            violations.add(device.id() + " " + stream + ": " + gapRows + " rows in gaps, but " + counters);
        }
    }
}
