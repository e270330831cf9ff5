package io.fulmar.sync.wire;

/** A message and the device that the topic addresses it to. Immutable. */
public record ToDevice(String device, DownlinkMessage message) {}
