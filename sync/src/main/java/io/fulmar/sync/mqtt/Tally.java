package io.fulmar.sync.mqtt;

import java.util.concurrent.atomic.LongAdder;

/** Counts what happens on a link. Thread-safe. */
final class Tally {
    final LongAdder attempts = new LongAdder();
    final LongAdder connects = new LongAdder();
    final LongAdder published = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder received = new LongAdder();
    final LongAdder dropped = new LongAdder();

    LinkCounters read() {
        return new LinkCounters(
                attempts.sum(), connects.sum(), published.sum(), rejected.sum(), received.sum(), dropped.sum());
    }
}
