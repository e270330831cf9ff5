package io.fulmar.sync.wire;

/**
 * The fleet and the device disagree about rows that both have (a store restored from a copy does this): the device must
 * set its store aside and begin a new epoch. Believed only when {@code epoch} is the device's own. Immutable.
 */
public record Renew(long epoch, String reason, long nowMillis) implements DownlinkMessage {}
