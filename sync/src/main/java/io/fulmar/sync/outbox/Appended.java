package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Receipt;

/** What became of one draft. Immutable. */
public sealed interface Appended {
    /** It is durable. */
    record Recorded(Receipt receipt) implements Appended {}

    /** It was not stored, and nobody was promised that it would be; counted. */
    record Refused(String reason) implements Appended {}
}
