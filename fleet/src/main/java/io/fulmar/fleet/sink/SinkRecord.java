package io.fulmar.fleet.sink;

/**
 * A stored record as it is sent on. Immutable.
 *
 * @param key device, epoch, stream and sequence number: the same whenever the record is sent, and of no other
 * @param json as in an export, on one line
 */
public record SinkRecord(String device, String key, String json) {}
