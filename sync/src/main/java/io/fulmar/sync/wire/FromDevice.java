package io.fulmar.sync.wire;

/** A message and the device that the topic says it came from. Immutable. */
public record FromDevice(String device, UplinkMessage message) {}
