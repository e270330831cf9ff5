package io.fulmar.sync.wire;

/**
 * Something happened on the device that its operator may want to know. Immutable.
 *
 * @param kind dotted lower-case words, for example {@code agent.started}
 */
public record DeviceEvent(Stamp at, String kind, String detail) implements DeviceRecord {
    /**
     * The device learnt what time it is after it had stamped records of this boot with another: its stamp says by how much
     * the wall clock is off, and its uptime corrects what was recorded before.
     */
    public static final String CLOCK_KNOWN = "clock.known";
}
