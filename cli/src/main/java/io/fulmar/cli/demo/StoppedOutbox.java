package io.fulmar.cli.demo;

import io.fulmar.sync.outbox.OutboxInspector;
import io.fulmar.sync.outbox.OutboxReport;
import io.fulmar.sync.wire.Receipt;
import java.nio.file.Path;

/** What the store of a stopped device still holds. Immutable. */
record StoppedOutbox(OutboxReport report) {

    /** Looks into a state directory; an {@link io.fulmar.sync.outbox.OutboxException} says why it cannot. */
    static StoppedOutbox in(Path state) {
        return new StoppedOutbox(OutboxInspector.inspect(state));
    }

    /** Whether the row of that receipt waits there for its acknowledgement. */
    boolean holds(Receipt receipt) {
        return report.epoch() == receipt.epoch()
                && report.streams().stream()
                        .filter(stream -> stream.stream() == receipt.stream())
                        .anyMatch(stream -> receipt.seq() > stream.acknowledgedUpTo() && receipt.seq() < stream.next());
    }
}
