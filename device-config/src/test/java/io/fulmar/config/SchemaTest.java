package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SchemaTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final Path FILE = ROOT.resolve("device-config/schema/fulmar-device.schema.json");

    private final Path dir;
    private final ConfigFolder folder;
    private final Schema schema;

    SchemaTest(@TempDir Path dir) throws IOException {
        this.dir = dir;
        folder = new ConfigFolder(dir);
        schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Files.readString(FILE), InputFormat.JSON);
    }

    /** After a change of keys: {@code ./mvnw -pl device-config test -Dtest=SchemaTest -Dfulmar.schema.write=true}. */
    @Test
    void theSchemaSaysWhatTheLoaderTakesAndWhatTheDocumentationSaysOfIt() throws IOException {
        String made = SchemaText.of(
                DocumentationTest.knownKeys(dir), Files.readString(ROOT.resolve("docs/configuration.md")));
        if (Boolean.getBoolean("fulmar.schema.write")) {
            Files.writeString(FILE, made);
        }

        assertThat(Files.readString(FILE)).isEqualTo(made);
    }

    @Test
    void theSchemaIsOne() throws IOException {
        Schema meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

        assertThat(meta.validate(Files.readString(FILE), InputFormat.JSON)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.fulmar.config.ExamplesTest#examples")
    void everyExampleIsRight(Path example) throws IOException {
        assertThat(errors(Files.readString(example))).isEmpty();
    }

    @Test
    void aFileWithEveryKindOfStageIsRight() {
        assertThat(errors(ConfigTextTest.EVERYTHING)).isEmpty();
    }

    static Stream<String> wrong() {
        String good = ConfigFolder.GOOD;
        return Stream.of(
                "",
                good.replace("id = \"pump-7\"", ""),
                good.replace("pump-7", "pump/7"),
                good.replace("[state]\ndir = \"state\"", ""),
                good.replace("\"1.0.0\"", "1.0"),
                good.replace("rate = 10", "rate = 0"),
                good.replace("rate = 10", "rate = \"10\""),
                good.replace("rate = 10", "window = 0.5"),
                good.replace("rate = 10", "loop = true"),
                good.replace("\"simulated\"", "\"simulate\""),
                good.replace("type = \"simulated\"", ""),
                good.replace("\"label\"", "\"lable\""),
                good.replace("type = \"label\"", "type = \"label\"\nk = 1"),
                good.replace("[[pipeline]]", "[[pipelines]]"),
                good + "[mqtt]\nkeep_alve = \"30s\"\n",
                good + "[mqtt]\nkeep_alive = 30\n",
                good + "[mqtt]\nkeep_alive = \"-30s\"\n",
                good + "[mqtt]\npassword = \"hunter2\"\n",
                good + "[mqtt]\ntls = \"yes\"\n",
                good + "[outbox]\nquota = \"64 mib\"\n",
                good + "[outbox]\nbatch_rows = 1001\n",
                good + "[outbox]\nwhen_full = \"evict_oldest\"\n",
                good + "[log]\nlevel = \"loud\"\n",
                good + "[api]\nport = 65536\n",
                good + "[api]\ntoken = \"hunter2hunter2hunter2\"\n",
                good + "[[pipeline.preprocess]]\ntype = \"normalise\"\nmean = 0\nstd = [0]\n",
                good + "[[pipeline.preprocess]]\ntype = \"window\"\n",
                good + "[pipeline.record]\nalarm_labels = [1]\n",
                good.replace("id = \"pump-7\"", "id = \"pump-7\"\ngroups = [\"a\", \"a\"]"),
                good.replace("id = \"pump-7\"", "id = \"pump-7\"\nboard = \"pi\""));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatTheSchemaRefusesTheLoaderRefusesToo(String text) {
        assertThat(errors(text)).isNotEmpty();
        assertThat(folder.load(text)).isInstanceOf(LoadResult.Invalid.class);
    }

    @Test
    void whatTheLoaderTakesTheSchemaTakesToo() throws IOException {
        folder.secret("password", "hunter2");
        folder.secret("token", "known to a few only");
        Random random = new Random(20_261_121);
        int taken = 0;
        for (int run = 0; run < 400; run++) {
            String text = Mutations.ofValue(ConfigTextTest.EVERYTHING, random);
            if (folder.load(text) instanceof LoadResult.Loaded) {
                taken++;
                assertThat(errors(text)).as(text).isEmpty();
            }
        }
        assertThat(taken).isGreaterThan(20);
    }

    private List<String> errors(String toml) {
        TomlParseResult parsed = Toml.parse(toml);
        assertThat(parsed.errors()).isEmpty();
        return schema.validate(parsed.toJson(), InputFormat.JSON).stream()
                .map(Error::toString)
                .toList();
    }
}
