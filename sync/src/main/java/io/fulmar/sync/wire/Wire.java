package io.fulmar.sync.wire;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns messages into what travels and back. The topic alone says which device speaks or is spoken to. Thread-safe. */
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
        return switch (message) {
            case Batch batch -> batch(topics.up(device, batch.stream()), BatchCodec.encode(batch));
            case Hello hello -> json(topics.hello(device), ControlCodec.encode(hello));
            case Status status -> json(topics.status(device), ControlCodec.encode(status));
            case Reported reported -> json(topics.reported(device), ControlCodec.encode(reported));
        };
    }

    /** What the fleet publishes. */
    public Envelope encode(String device, DownlinkMessage message) {
        return json(topics.down(device), ControlCodec.encode(message));
    }

    /** What the fleet received; a {@link WireException} says why it is no message of a device. */
    public FromDevice decodeUplink(Envelope envelope) {
        return switch (topics.parse(envelope.topic())) {
            case Topic.Up up -> new FromDevice(up.device(), BatchCodec.decode(up.stream(), batch(envelope)));
            case Topic.Hello hello -> new FromDevice(hello.device(), ControlCodec.decodeHello(json(envelope)));
            case Topic.Status status -> new FromDevice(status.device(), ControlCodec.decodeStatus(json(envelope)));
            case Topic.Reported it -> new FromDevice(it.device(), ControlCodec.decodeReported(json(envelope)));
            case null, default -> throw notHere(envelope.topic(), "a device to the fleet");
        };
    }

    /** What the device received; a {@link WireException} says why it is no message to a device. */
    public ToDevice decodeDownlink(Envelope envelope) {
        if (topics.parse(envelope.topic()) instanceof Topic.Down down) {
            return new ToDevice(down.device(), ControlCodec.decodeDownlink(json(envelope)));
        }
        throw notHere(envelope.topic(), "the fleet to a device");
    }

    /** What a device said about itself, in a document that was kept; a {@link WireException} says why it cannot be read. */
    public static Status decodeStatus(byte[] document) {
        return ControlCodec.decodeStatus(Json.read(document));
    }

    /** What a device said that it has, in a document that was kept; a {@link WireException} says why it cannot be read. */
    public static Reported decodeReported(byte[] document) {
        return ControlCodec.decodeReported(Json.read(document));
    }

    private static Envelope batch(String topic, byte[] bytes) {
        byte[] deflated = Compression.deflate(bytes);
        byte[] payload = deflated == null ? bytes : deflated;
        if (payload.length > Limits.BATCH_BYTES) {
            throw new IllegalArgumentException(
                    "a batch of " + payload.length + " bytes is over the limit of " + Limits.BATCH_BYTES);
        }
        return new Envelope(
                topic,
                payload,
                Envelope.PROTOBUF,
                deflated == null ? Map.of() : Map.of(Envelope.ENCODING, Envelope.DEFLATE));
    }

    private static byte[] batch(Envelope envelope) {
        if (!Envelope.PROTOBUF.equals(envelope.contentType())) {
            throw contentType(envelope, Envelope.PROTOBUF);
        }
        if (envelope.payload().length > Limits.BATCH_BYTES) {
            throw new WireException(
                    "a batch of " + envelope.payload().length + " bytes is over the limit of " + Limits.BATCH_BYTES);
        }
        @Nullable String encoding = envelope.userProperties().get(Envelope.ENCODING);
        return switch (encoding) {
            case null -> envelope.payload();
            case Envelope.DEFLATE -> Compression.inflate(envelope.payload(), Limits.INFLATED_BYTES);
            default -> throw new WireException("no such encoding: '" + WireException.shorten(encoding) + "'");
        };
    }

    private static Envelope json(String topic, byte[] bytes) {
        return new Envelope(topic, bytes, Envelope.JSON, Map.of());
    }

    /** A content type may be missing, so that a person can publish by hand. */
    private static JsonObject json(Envelope envelope) {
        if (envelope.contentType() != null && !Envelope.JSON.equals(envelope.contentType())) {
            throw contentType(envelope, Envelope.JSON);
        }
        return Json.read(envelope.payload());
    }

    private static WireException contentType(Envelope envelope, String wanted) {
        return new WireException("the content type must be " + wanted + ", not '"
                + WireException.shorten(String.valueOf(envelope.contentType())) + "'");
    }

    private static WireException notHere(String topic, String way) {
        return new WireException("'" + WireException.shorten(topic) + "' is no topic from " + way);
    }
}
