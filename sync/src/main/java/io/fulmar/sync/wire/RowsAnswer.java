package io.fulmar.sync.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the fleet says to a {@link RowsFile}, to be carried back to the device: how far it has each stream. Immutable.
 *
 * @param device whose rows they are
 * @param streams those of which the fleet has rows
 */
public record RowsAnswer(String device, List<Held> streams) {
    /**
     * The fleet has every row of that stream up to {@code upTo}.
     *
     * @param hash the chain hash of that row
     */
    public record Held(long epoch, Stream stream, long upTo, ChainHash hash) {
        /** The same as a message; a file says nothing about the pace. */
        public Acknowledge acknowledge() {
            return new Acknowledge(epoch, stream, upTo, hash, 1, 0, 0);
        }
    }

    public RowsAnswer {
        streams = List.copyOf(streams);
    }

    /** As one JSON object: {@code device}, and {@code streams} with {@code stream}, {@code epoch}, {@code upTo}, {@code hash}. */
    public String text() {
        byte[] bytes = Json.write(json -> {
            json.writeStringProperty("device", device);
            json.writeArrayPropertyStart("streams");
            for (Held held : streams) {
                json.writeStartObject();
                json.writeStringProperty("stream", held.stream().topicName());
                json.writeStringProperty("epoch", Epochs.text(held.epoch()));
                json.writeNumberProperty("upTo", held.upTo());
                json.writeStringProperty("hash", held.hash().text());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** What such a text says, whatever else stands in it; a {@link WireException} says why it is none. */
    public static RowsAnswer read(String text) {
        JsonObject json = Json.read(text.getBytes(StandardCharsets.UTF_8));
        List<Held> streams = json.objects(
                "streams",
                held -> new Held(
                        Epochs.parse(held.text("epoch")),
                        Stream.ofTopicName(held.text("stream")),
                        held.count("upTo"),
                        ChainHash.parse(held.text("hash"))));
        return new RowsAnswer(json.text("device"), streams);
    }
}
