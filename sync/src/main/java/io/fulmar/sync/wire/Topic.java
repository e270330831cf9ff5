package io.fulmar.sync.wire;

/** A topic of the protocol, read. Immutable. */
public sealed interface Topic {
    String device();

    record Status(String device) implements Topic {}

    record Hello(String device) implements Topic {}

    record Up(String device, Stream stream) implements Topic {}

    record Down(String device) implements Topic {}

    record Command(String device) implements Topic {}

    record CommandResult(String device) implements Topic {}
}
