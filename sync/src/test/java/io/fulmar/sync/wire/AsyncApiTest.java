package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What docs/asyncapi.yaml says is what the code does. */
class AsyncApiTest {
    private static final String DEVICE = "pump-7";
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);
    private final Wire wire = new Wire(topics);
    private final JsonNode document = document();

    @Test
    void everyMessageFitsItsSchemaAndTravelsOnItsChannel() {
        Map<String, Envelope> samples = new HashMap<>();
        Samples.uplink().forEach((name, message) -> samples.put(name, wire.encode(DEVICE, message)));
        Samples.downlink().forEach((name, message) -> samples.put(name, wire.encode(DEVICE, message)));
        Samples.commands()
                .forEach((name, command) -> samples.put(
                        name, new Envelope(topics.command(DEVICE), Commands.encode(command), Envelope.JSON, Map.of())));
        Samples.answers()
                .forEach((name, answer) -> samples.put(
                        name,
                        new Envelope(topics.commandResult(DEVICE), Commands.encode(answer), Envelope.JSON, Map.of())));
        samples.forEach((name, envelope) -> {
            String message = name.split("-", -1)[0];
            JsonNode described = document.at("/components/messages/" + message);
            assertThat(described.isObject()).as(message).isTrue();
            assertThat(envelope.contentType())
                    .isEqualTo(described.at("/contentType").asString());
            if (Envelope.JSON.equals(envelope.contentType())) {
                assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                                .getSchema(document.at("/components/schemas/" + message))
                                .validate(new String(envelope.payload(), StandardCharsets.UTF_8), InputFormat.JSON))
                        .as(name)
                        .isEmpty();
            }
            assertThat(channel(message)
                            .replace("{device}", DEVICE)
                            .replace("{stream}", name.equals("batch-small") ? "alarm" : "data"))
                    .isEqualTo(envelope.topic());
        });
    }

    @Test
    void aDesiredStateFitsItsSchema() {
        for (Desired desired : List.of(Samples.desired(), Samples.desiredModels())) {
            assertFits("desired", DesiredCodec.encode(desired));
        }
        assertThat(channel("desired").replace("{device}", DEVICE)).isEqualTo(topics.desired(DEVICE));
        assertThat(channel("trustRoots")).isEqualTo(topics.trust());
    }

    @Test
    void whatIsSaidOfBlobsFitsItsSchemaAndTravelsOnItsChannel() {
        String digest = "ab".repeat(32);
        String other = "cd".repeat(32);
        assertFits(
                "blobRequest",
                BlobCodec.encode(new BlobRequest(
                        digest,
                        100_000,
                        List.of(new ByteRanges.Range(0, 10), new ByteRanges.Range(20, 30)),
                        List.of(other))));
        String own = topics.deviceBlob(DEVICE, digest);
        assertFits(
                "blobPatch",
                BlobCodec.encode(own, new BlobAnswer.Patch(digest, other, other, 7))
                        .payload());
        assertFits(
                "blobRefused",
                BlobCodec.encode(own, new BlobAnswer.Refused(digest, "gone")).payload());
        assertThat(channel("blobRequest").replace("{device}", DEVICE)).isEqualTo(topics.blobGet(DEVICE));
        assertThat(channel("blobPatch").replace("{device}", DEVICE).replace("{digest}", digest))
                .isEqualTo(own);
        assertThat(document.at("/channels/sharedBlob/address").asString().replace("{digest}", digest))
                .isEqualTo(topics.sharedBlob(digest));
        assertThat(BlobCodec.chunk(own, 5, new byte[1]).contentType())
                .isEqualTo(document.at("/components/messages/blobChunk/contentType")
                        .asString());
    }

    private void assertFits(String schema, byte[] message) {
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(document.at("/components/schemas/" + schema))
                        .validate(new String(message, StandardCharsets.UTF_8), InputFormat.JSON))
                .as(schema)
                .isEmpty();
    }

    @Test
    void aSchemaRefusesWhatIsNotItsMessage() {
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(document.at("/components/schemas/acknowledge"))
                        .validate("{\"type\":\"acknowledge\",\"epoch\":7}", InputFormat.JSON))
                .isNotEmpty();
    }

    /** The address of the one channel that carries that message. */
    private String channel(String message) {
        for (JsonNode channel : document.at("/channels")) {
            if (channel.at("/messages/" + message).isObject()) {
                return channel.at("/address").asString();
            }
        }
        throw new AssertionError("no channel carries " + message);
    }

    private static JsonNode document() {
        try {
            String yaml = Files.readString(Path.of(System.getProperty("fulmar.root", ".."), "docs", "asyncapi.yaml"));
            return JsonMapper.shared()
                    .valueToTree(new Load(LoadSettings.builder()
                                    .setMaxAliasesForCollections(500)
                                    .build())
                            .loadFromString(yaml));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
