package io.fulmar.sync.wire;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Requests for blobs, and what answers them, as they travel. Thread-safe. */
public final class BlobCodec {
    /** Content type of a piece of a blob. */
    public static final String BYTES = "application/octet-stream";

    /** User property that says where in the blob a piece belongs. */
    public static final String OFFSET = "offset";

    private BlobCodec() {}

    /** The bytes of a request. */
    public static byte[] encode(BlobRequest request) {
        return Json.write(json -> {
            json.writeStringProperty("blob", request.blob());
            json.writeNumberProperty("size", request.size());
            json.writeArrayPropertyStart("ranges");
            for (ByteRanges.Range range : request.ranges()) {
                json.writeStartObject();
                json.writeNumberProperty("from", range.from());
                json.writeNumberProperty("to", range.to());
                json.writeEndObject();
            }
            json.writeEndArray();
            if (!request.have().isEmpty()) {
                json.writeArrayPropertyStart("have");
                request.have().forEach(json::writeString);
                json.writeEndArray();
            }
        });
    }

    /** The request in those bytes; a {@link WireException} says why there is none. */
    public static BlobRequest decodeRequest(byte[] bytes) {
        JsonObject json = Json.read(bytes);
        String blob = digest(json.text("blob"), "blob");
        long size = json.count("size");
        if (size == 0 || size > Limits.BLOB_BYTES) {
            throw new WireException("'size' must be 1 to " + Limits.BLOB_BYTES);
        }
        List<ByteRanges.Range> ranges = json.objects("ranges", range -> range(range, size));
        if (ranges.isEmpty() || ranges.size() > Limits.BLOB_RANGES) {
            throw new WireException("'ranges' must be 1 to " + Limits.BLOB_RANGES + " ranges");
        }
        List<String> have = json.textsOrNone("have");
        if (have.size() > Limits.BLOB_HAVE) {
            throw new WireException("'have' must be at most " + Limits.BLOB_HAVE + " digests");
        }
        have.forEach(digest -> digest(digest, "have"));
        return new BlobRequest(blob, size, ranges, have);
    }

    private static ByteRanges.Range range(JsonObject json, long size) {
        long from = json.count("from");
        long to = json.count("to");
        if (from >= to || to > size) {
            throw new WireException("no such bytes in a blob of " + size + ": " + from + " to " + to);
        }
        return new ByteRanges.Range(from, to);
    }

    /** A piece of a blob, for that topic. */
    public static Envelope chunk(String topic, long offset, byte[] bytes) {
        return new Envelope(topic, bytes, BYTES, Map.of(OFFSET, Long.toString(offset)));
    }

    /** What is said instead of a piece, for that topic. */
    public static Envelope encode(String topic, BlobAnswer.Patch patch) {
        return json(topic, json -> {
            json.writeStringProperty("type", "patch");
            json.writeStringProperty("from", patch.from());
            json.writeStringProperty("patch", patch.patch());
            json.writeNumberProperty("size", patch.size());
        });
    }

    /** What is said instead of a piece, for that topic. */
    public static Envelope encode(String topic, BlobAnswer.Refused refused) {
        return json(topic, json -> {
            json.writeStringProperty("type", "refused");
            json.writeStringProperty("reason", refused.reason());
        });
    }

    private static Envelope json(String topic, Consumer<JsonGenerator> properties) {
        return new Envelope(topic, Json.write(properties), Envelope.JSON, Map.of());
    }

    /** What came on a topic of that blob; a {@link WireException} says why it is nothing of the kind. */
    public static BlobAnswer decode(String blob, Envelope envelope) {
        if (Envelope.JSON.equals(envelope.contentType())) {
            JsonObject json = Json.read(envelope.payload());
            String type = json.text("type");
            return switch (type) {
                case "patch" -> patch(blob, json);
                case "refused" -> new BlobAnswer.Refused(blob, json.text("reason"));
                default -> throw new WireException("no such answer: '" + WireException.shorten(type) + "'");
            };
        }
        int length = envelope.payload().length;
        if (length == 0 || length > Limits.CHUNK_BYTES) {
            throw new WireException("a piece of a blob has 1 to " + Limits.CHUNK_BYTES + " bytes, not " + length);
        }
        return new BlobAnswer.Chunk(blob, offset(envelope.userProperties().get(OFFSET)), envelope.payload());
    }

    private static BlobAnswer.Patch patch(String blob, JsonObject json) {
        long size = json.count("size");
        if (size == 0 || size > Limits.BLOB_BYTES) {
            throw new WireException("'size' must be 1 to " + Limits.BLOB_BYTES);
        }
        return new BlobAnswer.Patch(blob, digest(json.text("from"), "from"), digest(json.text("patch"), "patch"), size);
    }

    private static long offset(@Nullable String text) {
        if (text == null
                || text.isEmpty()
                || text.length() > 12
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new WireException("a piece of a blob needs its '" + OFFSET + "' as a user property");
        }
        long offset = Long.parseLong(text);
        if (offset >= Limits.BLOB_BYTES) {
            throw new WireException("'" + OFFSET + "' is " + offset + ", and no blob is so long");
        }
        return offset;
    }

    private static String digest(String text, String what) {
        if (!Topics.isDigest(text)) {
            throw new WireException("'" + what + "' must be 64 lower-case hex digits");
        }
        return text;
    }
}
