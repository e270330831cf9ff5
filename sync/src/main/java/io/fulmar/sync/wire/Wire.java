package io.fulmar.sync.wire;

/** Turns messages into what travels and back. The topic alone says which device speaks or is spoken to. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class Wire {
    private final Topics topics;

    public Wire(Topics topics) {
        this.topics = topics;
    }

    public Topics topics() {
        return topics;
    }

    /** What the device publishes. */
    public Envelope encode(String device, UplinkMessage message) {
        throw new UnsupportedOperationException();
    }

    /** What the fleet publishes. */
    public Envelope encode(String device, DownlinkMessage message) {
        throw new UnsupportedOperationException();
    }

    /**
     * What the fleet received.
     *
     * @throws WireException when it is no message of a device
     */
    public FromDevice decodeUplink(Envelope envelope) {
        throw new UnsupportedOperationException();
    }

    /**
     * What the device received.
     *
     * @throws WireException when it is no message to a device
     */
    public ToDevice decodeDownlink(Envelope envelope) {
        throw new UnsupportedOperationException();
    }
}
