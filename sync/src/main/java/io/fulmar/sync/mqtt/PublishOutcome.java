package io.fulmar.sync.mqtt;

/** What became of an attempt to publish. Immutable. */
public enum PublishOutcome {
    /** On its way: a {@link LinkEvent.Published} with its token follows, or a {@link LinkEvent.Disconnected}. */
    ACCEPTED,
    /** The window of unsettled messages is full: try again after the next {@link LinkEvent.Published}. */
    BUSY,
    /** There is no connection: try again after the next {@link LinkEvent.Connected}. */
    OFFLINE,
    /** The broker would cut the connection for a packet of this size; sending it again is no use. */
    TOO_LARGE
}
