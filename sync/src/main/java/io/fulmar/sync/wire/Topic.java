package io.fulmar.sync.wire;

/** A topic of the protocol, read. Immutable. */
public sealed interface Topic {
    /** A topic of one device. Immutable. */
    sealed interface OfDevice extends Topic {
        String device();
    }

    record Status(String device) implements OfDevice {}

    record Hello(String device) implements OfDevice {}

    record Up(String device, Stream stream) implements OfDevice {}

    record Down(String device) implements OfDevice {}

    record Command(String device) implements OfDevice {}

    /** Also the topics one level below, where one who asked hears the answers to him alone. */
    record CommandResult(String device) implements OfDevice {}

    record Desired(String device) implements OfDevice {}

    record Reported(String device) implements OfDevice {}

    record GroupCommand(String group) implements Topic {}
}
