package io.fulmar.sync.outbox;

import io.fulmar.sync.wire.Stream;

/** A record that waits to be stored. The array is not copied: nobody may change it. Immutable. */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere; a copy of every record would buy nothing
public record Draft(Stream stream, byte[] record) {}
