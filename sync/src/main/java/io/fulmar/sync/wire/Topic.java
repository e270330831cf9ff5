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

    /** Where a device asks for pieces of a blob. */
    record BlobGet(String device) implements OfDevice {}

    /** Pieces of a blob for one device. */
    record DeviceBlob(String device, String digest) implements OfDevice {}

    /** Pieces of a blob for all who listen. */
    record SharedBlob(String digest) implements Topic {}

    /** The trust roots, each vouched for by the one before. */
    record Trust() implements Topic {}

    record GroupCommand(String group) implements Topic {}
}
