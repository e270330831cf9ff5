package io.fulmar.sync.outbox;

/**
 * What became of every record of a stream since the state directory was made, across epochs: recorded is always the sum
 * of acknowledged, buffered, evicted and quarantined. Refused ones never were recorded; they count since the start of
 * the agent. Immutable.
 */
public record Counters(long recorded, long acknowledged, long buffered, long evicted, long quarantined, long refused) {}
