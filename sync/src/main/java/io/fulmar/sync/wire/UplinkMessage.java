package io.fulmar.sync.wire;

/** What a device says to the fleet. Who says it is told by the topic, never by the message. Immutable. */
public sealed interface UplinkMessage permits Batch, Hello, Reported, Status {}
