package io.fulmar.fleet.query;

import io.fulmar.sync.wire.Receipt;

/** A stored record with its bytes, for whoever wants to prove that all of them arrived. Immutable. */
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
public record StoredRecord(String device, Receipt receipt, byte[] bytes, long receivedMillis) {}
