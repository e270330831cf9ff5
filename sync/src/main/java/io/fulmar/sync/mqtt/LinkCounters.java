package io.fulmar.sync.mqtt;

/**
 * What happened on a link since it was made.
 *
 * @param attempts connections tried
 * @param connects connections that came up, subscriptions included
 * @param published messages that the broker took
 * @param rejected messages that the broker refused with a reason code
 * @param received messages delivered to the listener
 * @param dropped messages received at QoS 0 while the inbound queue was full
 *     <p>Immutable.
 */
public record LinkCounters(long attempts, long connects, long published, long rejected, long received, long dropped) {}
