package io.fulmar.model.pack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fulmar.model.source.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The schema and the reader take the same manifests, but for what no schema can say. */
class ManifestSchemaTest {
    private static final Path FILE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/schema/model-manifest.schema.json");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(FILE), InputFormat.JSON);

    ManifestSchemaTest() throws IOException {}

    @Test
    void theSchemaIsOne() throws IOException {
        Schema meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

        assertThat(meta.validate(Files.readString(FILE), InputFormat.JSON)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearing-condition", "digit-reader", "host-load"})
    void theManifestsOfTheSamplesAreRight(String name) throws IOException {
        byte[] json =
                ModelFolder.read(TestPackage.samples().resolve(name)).manifest().toJson();

        assertThat(bySchema(new String(json, UTF_8))).isTrue();
        assertThat(ModelManifest.parse(json).toJson()).isEqualTo(json);
    }

    @Test
    void aManifestWithEverythingInItIsTheSameAfterItsJson() throws IOException {
        String everything = everything().toString();

        ModelManifest manifest = ModelManifest.parse(everything.getBytes(UTF_8));

        assertThat(bySchema(everything)).isTrue();
        assertThat(ModelManifest.parse(manifest.toJson())).isEqualTo(manifest);
        assertThat(JSON.readTree(manifest.toJson())).isEqualTo(JSON.readTree(everything));
    }

    /** A pointer into the manifest, and what is put there; nothing removes it. Both must refuse it, or both take it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/schema|2|no",
                "/schema|\"1\"|no",
                "/schema||no",
                "/name|\"Upper\"|no",
                "/name|\"a\"|yes",
                "/name|\"-a\"|no",
                "/name|\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"|no",
                "/name||no",
                "/version|\"1.0\"|no",
                "/version|\"1.0.0-rc.1+x\"|yes",
                "/version|1|no",
                "/version||no",
                "/release|0|no",
                "/release|1.5|no",
                "/release|\"1\"|no",
                "/release|9007199254740991|yes",
                "/release|9007199254740992|no",
                "/release|99999999999999999999999|no",
                "/release||no",
                "/title|\"\"|no",
                "/title|\"a\\nb\"|no",
                "/title|\"ä\"|yes",
                "/title||yes",
                "/license|true|no",
                "/license||yes",
                "/surprise|1|no",
                "/files|[]|no",
                "/files|{}|no",
                "/files||no",
                "/files/0/role|\"labels\"|no",
                "/files/1/role|\"model\"|no",
                "/files/1/role|\"weights\"|no",
                "/files/0/name|\"../x\"|no",
                "/files/0/name|\"/etc/passwd\"|no",
                "/files/0/name|\"a/../b\"|no",
                "/files/0/name|\"a//b\"|no",
                "/files/0/name|\"a\\\\b\"|no",
                "/files/0/name|\".hidden\"|no",
                "/files/0/name|\"a/.hidden\"|no",
                "/files/0/name|\"-rf\"|no",
                "/files/0/name|\"\"|no",
                "/files/0/name|\"a/b/c.tflite\"|yes",
                "/files/0/sha256|\"00\"|no",
                "/files/0/sha256|\"ZZ7dd1dfcbb161265c4a2ce18cfa5fbb4344148950374253cecfea468885e3b3\"|no",
                "/files/0/size|-1|no",
                "/files/0/size|268435456|yes",
                "/files/0/size|268435457|no",
                "/files/1/size|16777217|no",
                "/files/0/mode|\"rwx\"|no",
                "/files/0/size||no",
                "/inputs|[]|no",
                "/inputs/0/name|1|no",
                "/inputs/0/dtype|\"INT8\"|no",
                "/inputs/0/shape|[0]|no",
                "/inputs/0/shape|[-1,3]|yes",
                "/inputs/0/shape|[-2]|no",
                "/inputs/0/shape|[]|yes",
                "/inputs/0/shape|[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]|no",
                "/inputs/0/shape|[2147483648]|no",
                "/inputs/0/scale|0|no",
                "/inputs/0/scale|-1.5|no",
                "/inputs/0/scale||no",
                "/inputs/0/zeroPoint||no",
                "/inputs/0/zeroPoint|2147483648|no",
                "/outputs||no",
                "/outputs/0/unit|\"m\"|no",
                "/golden||no",
                "/golden/0/name|\"a b\"|no",
                "/golden/0/tolerance|{}|no",
                "/golden/0/tolerance|{\"sameTop\":false}|no",
                "/golden/0/tolerance|{\"sameTop\":true}|yes",
                "/golden/0/tolerance|{\"absolute\":-0.1}|no",
                "/golden/0/tolerance|{\"absolute\":0}|yes",
                "/golden/0/tolerance|{\"quanta\":65536}|no",
                "/golden/0/tolerance|{\"quanta\":0.5}|no",
                "/golden/0/tolerance|{\"quantum\":1}|no",
                "/golden/0/inputs|[\"../x\"]|no",
                "/golden/0/inputs||no",
                "/budgets|{}|yes",
                "/budgets||yes",
                "/budgets/latencyMillis|0|no",
                "/budgets/latencyMillis|86400001|no",
                "/budgets/memoryBytes|0|no",
                "/budgets/power|1|no",
                "/devices|[\"raspberry-pi-4\",\"raspberry-pi-4\"]|no",
                "/devices|[1]|no",
                "/devices|[\"a b\"]|no",
                "/devices|[]|yes",
                "/devices||yes",
                "/runtime|{\"from\":\"1\"}|no",
                "/runtime|{\"above\":\"1.0.0\"}|no",
                "/runtime||yes",
                "/reference/labels|{}|no",
                "/reference/labels|{\"a\":1.5}|no",
                "/reference/confidence|[1]|no",
                "/reference/confidence||no",
                "/reference||yes",
                "/preprocess||yes",
                "/preprocess|{}|no",
                "/preprocess|[1]|no",
                "/preprocess|[{\"size\":1}]|no",
                "/preprocess|[{\"type\":1}]|no",
                "/preprocess|[{\"type\":\"a b\"}]|no",
                "/preprocess|[{\"type\":\"a\",\"B\":1}]|no",
                "/preprocess|[{\"type\":\"a\",\"b\":{}}]|no",
                "/preprocess|[{\"type\":\"a\",\"b\":[[1]]}]|no",
                "/preprocess|[{\"type\":\"a\",\"b\":[1,true,\"c\"]}]|yes",
                "/postprocess/0/type|\"anything-else\"|yes",
                "/postprocess||yes"
            })
    void schemaAndReaderSayTheSame(String pointer, @Nullable String value, String taken) throws IOException {
        ObjectNode manifest = everything();
        put(manifest, pointer, value);
        String text = manifest.toString();

        assertThat(bySchema(text)).as("by the schema").isEqualTo(taken.equals("yes"));
        assertThat(byReader(text)).as("by the reader").isEqualTo(taken.equals("yes"));
    }

    /** What a schema cannot say, or not clearly. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/files/1/name|\"HOST-LOAD.tflite\"",
                "/files/0/size|1e3",
                "/golden/0/inputs|[]",
                "/golden/0/inputs|[\"labels.txt\"]",
                "/golden/0/inputs|[\"golden/busy.out0.bin\"]",
                "/runtime/below|\"0.1.0\"",
                "/reference/labels|{\"idle\":0.2}",
                "/reference/confidence|[1,1,0,0,0,0,0,0,0,0]",
                "/outputs|[{\"name\":\"x\",\"dtype\":\"float32\",\"shape\":[1]}]"
            })
    void theReaderAloneRefusesWhatDoesNotFitTogether(String pointer, String value) throws IOException {
        ObjectNode manifest = everything();
        put(manifest, pointer, value);

        assertThat(bySchema(manifest.toString())).isTrue();
        assertThat(byReader(manifest.toString())).isFalse();
    }

    @Test
    void whatTheReaderTakesTheSchemaTakesWhateverIsChanged() throws IOException {
        Random random = new Random(20_261_122);
        String good = everything().toString();
        int taken = 0;
        for (int run = 0; run < 2_000; run++) {
            StringBuilder text = new StringBuilder(good);
            int at = random.nextInt(good.length());
            text.setCharAt(at, "0123456789abcXYZ\"{}[],:.-/ ".charAt(random.nextInt(27)));
            if (byReader(text.toString())) {
                taken++;
                assertThat(bySchema(text.toString())).as(text.toString()).isTrue();
            }
        }
        assertThat(taken).isGreaterThan(100);
    }

    @Test
    void theSchemaHasTheReadersPatterns() throws IOException {
        Set<String> patterns = new TreeSet<>();
        collect(JSON.readTree(Files.readString(FILE)), patterns);

        assertThat(patterns)
                .containsExactlyInAnyOrder(
                        "^" + ModelManifest.NAME_FORM + "$",
                        "^" + ModelManifest.CASE_FORM + "$",
                        "^" + ModelManifest.FILE_NAME_FORM + "$",
                        "^" + ModelManifest.DTYPE_FORM + "$",
                        "^" + ModelManifest.TEXT_FORM + "$",
                        "^" + Processing.KEY_FORM + "$",
                        "^" + Processing.TYPE_FORM + "$",
                        "^" + SemanticVersion.FORM + "$",
                        "^" + Digest.FORM + "$");
    }

    private static void collect(JsonNode node, Set<String> patterns) {
        JsonNode pattern = node.path("pattern");
        if (pattern.isString()) {
            patterns.add(pattern.stringValue());
        }
        for (JsonNode child : node) {
            collect(child, patterns);
        }
    }

    private static ObjectNode everything() throws IOException {
        ObjectNode manifest =
                (ObjectNode) JSON.readTree(new TestPackage().manifest().toJson());
        ((ObjectNode) manifest.at("/golden/0/tolerance")).put("absolute", 0.1);
        ((ArrayNode) manifest.at("/devices")).add("raspberry-pi-4").add("generic-x86-64");
        ((ObjectNode) manifest.at("/runtime")).put("from", "0.1.0").put("below", "2.0.0");
        ObjectNode reference = manifest.putObject("reference");
        reference.putObject("labels").put("idle", 0.5).put("busy", 0.3).put("overloaded", 0.2);
        ArrayNode confidence = reference.putArray("confidence");
        List<Double> shares = new ArrayList<>(List.of(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.05, 0.1, 0.8));
        shares.forEach(confidence::add);
        manifest.putArray("preprocess")
                .addObject()
                .put("type", "scale")
                .put("factor", 0.5)
                .put("clip", true)
                .put("name", "x")
                .putArray("min")
                .add(1)
                .add(2.5);
        manifest.putArray("postprocess").addObject().put("type", "label");
        return manifest;
    }

    private static void put(ObjectNode manifest, String pointer, @Nullable String value) {
        int slash = pointer.lastIndexOf('/');
        String name = pointer.substring(slash + 1);
        ObjectNode parent = (ObjectNode) (slash == 0 ? manifest : manifest.at(pointer.substring(0, slash)));
        if (value == null) {
            assertThat(parent.remove(name)).isNotNull();
        } else {
            parent.set(name, JSON.readTree(value));
        }
    }

    private boolean bySchema(String text) {
        try {
            return schema.validate(text, InputFormat.JSON).isEmpty();
        } catch (RuntimeException e) {
            return false; // no JSON
        }
    }

    private static boolean byReader(String text) {
        try {
            ModelManifest.parse(text.getBytes(UTF_8));
            return true;
        } catch (PackageException e) {
            return false;
        }
    }
}
