package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What a prediction costs on the wire, in batches and, for comparison, as one JSON message each. Prints its figures. */
class WireSizeTest {
    private static final int ROWS = 500;
    private static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX);

    @Test
    void aBatchOfAHundredTakesLessThanAFifthOfJsonMessages() {
        List<Prediction> predictions = predictions();
        double json = predictions.stream()
                .mapToInt(prediction -> publishBytes(TOPICS.up("press-1", Stream.DATA), jsonOf(prediction), Map.of()))
                .average()
                .orElseThrow();
        StringBuilder figures = new StringBuilder();
        double ofHundred = 0;
        for (int size : new int[] {1, 10, 100, 500}) {
            double bytes = bytesPerRow(predictions, size);
            ofHundred = size == 100 ? bytes : ofHundred;
            figures.append(String.format(Locale.ROOT, ", batches of %d %.1f", size, bytes));
        }
        System.out.printf(
                Locale.ROOT,
                "measured: bytes a prediction as MQTT PUBLISH: one JSON message each %.1f%s%n",
                json,
                figures);
        assertThat(ofHundred).isLessThan(json / 5);
    }

    /** As a device would send them: every number but the model's changes from row to row. */
    private static List<Prediction> predictions() {
        Random random = new Random(1);
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            float score = (200 + random.nextInt(56)) / 256f;
            predictions.add(new Prediction(
                    new Stamp(1_795_000_000_000L + i * 40L + random.nextInt(3), i * 40L, 3),
                    "vibration",
                    "simulated",
                    i,
                    Samples.MODEL,
                    random.nextLong(),
                    "normal",
                    0,
                    score,
                    List.of(new Score("normal", 0, score), new Score("imbalance", 1, 1 - score)),
                    List.of(),
                    40 + random.nextInt(20),
                    List.of(),
                    false,
                    "0.1.0"));
        }
        return predictions;
    }

    private static double bytesPerRow(List<Prediction> predictions, int size) {
        Wire wire = new Wire(TOPICS);
        long bytes = 0;
        ChainHash hash = ChainHash.ZERO;
        for (int from = 0; from < predictions.size(); from += size) {
            List<Row> rows = new ArrayList<>();
            for (Prediction prediction : predictions.subList(from, from + size)) {
                rows.add(new Row.Data(Records.encode(prediction)));
            }
            Batch batch = new Batch(Samples.EPOCH, Stream.DATA, from + 1L, hash, rows);
            hash = batch.tailHash();
            Envelope envelope = wire.encode("press-1", batch);
            bytes += publishBytes(envelope.topic(), envelope.payload(), envelope.userProperties());
        }
        return (double) bytes / predictions.size();
    }

    /** MQTT 5, section 3.3: fixed header, topic, packet identifier, properties, payload. */
    private static int publishBytes(String topic, byte[] payload, Map<String, String> userProperties) {
        int properties = 1 + 2 + Envelope.PROTOBUF.length();
        for (Map.Entry<String, String> property : userProperties.entrySet()) {
            properties +=
                    1 + 2 + property.getKey().length() + 2 + property.getValue().length();
        }
        int remaining = 2 + topic.length() + 2 + 1 + properties + payload.length;
        return 1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3) + remaining;
    }

    private static byte[] jsonOf(Prediction prediction) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("wallMillis", prediction.at().wallMillis());
            json.writeNumberProperty("uptimeMillis", prediction.at().uptimeMillis());
            json.writeNumberProperty("boot", prediction.at().boot());
            json.writeStringProperty("pipeline", prediction.pipeline());
            json.writeStringProperty("source", prediction.source());
            json.writeNumberProperty("frame", prediction.frame());
            json.writeStringProperty("model", prediction.model().name());
            json.writeStringProperty("version", prediction.model().version());
            json.writeStringProperty("sha256", prediction.model().sha256());
            json.writeNumberProperty("inputDigest", prediction.inputDigest());
            json.writeStringProperty("label", prediction.label());
            json.writeNumberProperty("score", prediction.score());
            json.writeArrayPropertyStart("top");
            for (Score score : prediction.top()) {
                json.writeStartObject();
                json.writeStringProperty("label", score.label());
                json.writeNumberProperty("score", score.score());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberProperty("inferMicros", prediction.inferMicros());
            json.writeStringProperty("agentVersion", prediction.agentVersion());
            json.writeEndObject();
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
