package io.fulmar.sync.wire;

/** What the fleet says to one device. Immutable. */
public sealed interface DownlinkMessage permits Acknowledge, Expected, Welcome, Renew, Taken, NotEnrolled {
    /** The fleet's wall clock when it said so. */
    long nowMillis();
}
