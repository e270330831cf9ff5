package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every line that docs/inference-api.md prints is run as it is printed, and answers as it says. */
class InferenceDocumentTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));

    private final Path dir;

    InferenceDocumentTest(@TempDir Path dir) {
        this.dir = dir;
    }

    private record Block(String language, String text) {}

    @Test
    @Timeout(120)
    void everyLineOfTheDocumentWorksAsPrinted() throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/curl")), "curl is not installed (Debian: apt-get install curl)");
        List<Block> blocks = blocks();
        List<String> crashes = new CopyOnWriteArrayList<>();
        AgentOptions options = AgentOptions.standard(PahoLink::new)
                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                .drain(Duration.ofMillis(100));
        int compared = 0;
        try (EdgeAgent agent = open(options)) {
            agent.start();
            while (agent.apiAddress() == null || agent.snapshot().predictions() == 0) {
                LockSupport.parkNanos(5_000_000);
            }
            int port = Objects.requireNonNull(agent.apiAddress()).getPort();
            for (int i = 0; i < blocks.size(); i++) {
                if (!blocks.get(i).language().equals("sh")) {
                    continue;
                }
                String printed = run(blocks.get(i)
                        .text()
                        .replace("127.0.0.1:8081", "127.0.0.1:" + port)
                        .replace("sudo cat /var/lib/fulmar", "cat " + dir.resolve("state")));
                assertThat(printed).doesNotContain("\"error\"");
                if (i + 1 < blocks.size() && blocks.get(i + 1).language().equals("json")) {
                    assertThat(withoutTime(printed))
                            .isEqualTo(withoutTime(blocks.get(i + 1).text()));
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(2);
        assertThat(crashes).isEmpty();
    }

    private static JsonNode withoutTime(String json) {
        return JsonMapper.shared().readTree(json.replaceAll(",\"micros\":[0-9]+", ""));
    }

    /** A device with both sample models, of which a pipeline runs one. */
    private EdgeAgent open(AgentOptions options) throws IOException {
        Path models = ROOT.resolve("models/samples").toRealPath();
        String text =
                Files.readString(Examples.file("simulated.toml")).replace("../../models/samples", models.toString())
                        + "\n[[model]]\nname = \"digit-reader\"\nfile = \"" + models
                        + "/digit-reader/digit-reader.tflite\"\nversion = \"1.0.0\"\n";
        ConfigSources sources = ConfigSources.of(Files.writeString(dir.resolve("device.toml"), text))
                .overrides(Map.of("state.dir", dir.resolve("state").toString(), "api.port", "0"));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private String run(String text) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", text)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).as(text + "\n" + printed).isZero();
        return printed;
    }

    private static List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        String language = null;
        StringBuilder text = new StringBuilder();
        for (String line : Files.readAllLines(ROOT.resolve("docs/inference-api.md"))) {
            if (!line.startsWith("```")) {
                text.append(line).append('\n');
            } else if (language == null) {
                language = line.substring(3);
                text = new StringBuilder();
            } else {
                blocks.add(new Block(language, text.toString()));
                language = null;
            }
        }
        return blocks;
    }
}
