package io.fulmar.sync.wire;

/**
 * Something happened on the device that its operator may want to know. Immutable.
 *
 * @param kind dotted lower-case words, for example {@code agent.started}
 */
public record DeviceEvent(Stamp at, String kind, String detail) implements DeviceRecord {}
