package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The same picture and the same sound, by every way that leads to a model. */
class SameAnswerTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> WAYS = List.of("folder", "mqtt", "push");
    private static final List<String> FILES =
            List.of("image/cat.bmp", "image/parrot.jpg", "keyword/yes_1000ms.wav", "keyword/no_1000ms.wav");

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    SameAnswerTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void nothingCrashed() {
        client.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void aFileGetsTheSameLabelAndTheSameScoreHoweverItComes() throws Exception {
        Path data = ROOT.resolve("../shared/testdata");
        assumeThat(data).as("the shared test data is not beside the repository").isDirectory();
        assumeThat(Mosquitto.binary()).as("mosquitto is not installed").isNotNull();
        Path shared = data.toRealPath();
        Map<String, String> answers = new TreeMap<>();
        try (Mosquitto broker = Mosquitto.start(Files.createDirectory(dir.resolve("broker")))) {
            Path config = config(shared, broker.url());
            try (EdgeAgent agent = open(config)) {
                agent.start();
                await("a port", () -> agent.apiAddress() != null);
                for (String file : FILES) {
                    bring(agent, broker.url(), shared, file);
                    JsonNode said = JsonMapper.shared()
                            .readTree(post(agent, "/api/v1/infer/" + model(file), shared.resolve(file), 200));
                    answers.put(
                            name(file),
                            said.at("/label").asString() + " "
                                    + said.at("/score").floatValue());
                }
                await("the command's frame", () -> predictions(agent, "imagenet-exec") > 0);
            }
        }
        assertThat(answers.get("parrot")).startsWith("macaw 0.8");
        assertThat(answers.get("yes_1000ms")).startsWith("yes 0.99");
        assertThat(answers.get("no_1000ms")).startsWith("no 0.9");

        Map<String, List<String>> expected = new TreeMap<>(Map.of("imagenet-exec", List.of(answers.get("parrot"))));
        for (String file : FILES) {
            for (String way : WAYS) {
                expected.computeIfAbsent(model(file) + "-" + way, none -> new ArrayList<>())
                        .add(answers.get(name(file)));
            }
        }
        assertThat(recorded()).isEqualTo(expected);
    }

    /** By folder, broker and push, and waits until each has been judged; the command finds it itself. */
    private void bring(EdgeAgent agent, URI broker, Path shared, String file) throws IOException {
        Map<String, Long> before = new TreeMap<>();
        WAYS.forEach(way -> before.put(way, predictions(agent, model(file) + "-" + way)));
        Path whole = Files.copy(shared.resolve(file), dir.resolve("part"));
        Files.move(whole, dir.resolve(model(file)).resolve(Path.of(file).getFileName()));
        post(agent, "/api/v1/sources/" + model(file) + "-push", shared.resolve(file), 202);
        publish(broker, "in/" + model(file), Files.readAllBytes(shared.resolve(file)));
        before.forEach((way, count) ->
                await(file + " by " + way, () -> predictions(agent, model(file) + "-" + way) > count));
    }

    /** The broker keeps it for the source, which may not be there yet. */
    private static void publish(URI broker, String topic, byte[] payload) {
        LinkConfig config = LinkConfig.builder(broker, "test").build();
        try (Link link = new PahoLink(config, new SplittableRandom(), event -> {})) {
            OutboundMessage message = OutboundMessage.of(topic, payload, 1, true, 1);
            await("a connection", () -> {
                link.work(System.nanoTime());
                return link.publish(message) == PublishOutcome.ACCEPTED;
            });
            await("the broker to take it", () -> {
                link.work(System.nanoTime());
                return link.counters().published() == 1;
            });
        }
    }

    private long predictions(EdgeAgent agent, String pipeline) {
        try {
            String metrics = client.send(
                            HttpRequest.newBuilder(uri(agent, "/metrics")).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            String line = "fulmar_pipeline_predictions_total{pipeline=\"" + pipeline + "\"} ";
            return metrics.lines()
                    .filter(it -> it.startsWith(line))
                    .mapToLong(it -> Long.parseLong(it.substring(line.length())))
                    .sum();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String post(EdgeAgent agent, String path, Path file, int status) throws IOException {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri(agent, path))
                            .POST(HttpRequest.BodyPublishers.ofFile(file))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
            return answer.body();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static URI uri(EdgeAgent agent, String path) {
        return URI.create(
                "http://127.0.0.1:" + Objects.requireNonNull(agent.apiAddress()).getPort() + path);
    }

    private static String model(String file) {
        return file.startsWith("image/") ? "imagenet" : "speech";
    }

    private static String name(String file) {
        String name = Path.of(file).getFileName().toString();
        return name.substring(0, name.indexOf('.'));
    }

    private Path config(Path shared, URI broker) throws IOException {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, """
                        [device]
                        id = "eye-1"
                        [state]
                        dir = "state"
                        [mqtt]
                        url = "%2$s"
                        [api]
                        port = 0
                        [[model]]
                        name = "imagenet"
                        file = "%1$s/image/mobilenet_v1_0.25_128_quant.tflite"
                        version = "1.0.0"
                        labels = "%1$s/image/imagenet_labels.txt"
                        [[model]]
                        name = "speech"
                        file = "%1$s/keyword/micro_speech_quantized.tflite"
                        version = "1.0.0"
                        labels = "words.txt"
                        """, shared, broker));
        Files.writeString(dir.resolve("words.txt"), "silence\nunknown\nyes\nno\n");
        String image = """
                preprocess = [
                  { type = "decode-image" },
                  { type = "resize", width = 128, height = 128 },
                  { type = "pixels", raw = true },
                ]
                postprocess = [{ type = "label" }]
                """;
        String sound = """
                preprocess = [
                  { type = "decode-audio" },
                  { type = "resample", rate = 16000 },
                  { type = "window", size = 16000 },
                  { type = "micro-frontend", raw = true },
                ]
                postprocess = [{ type = "label" }]
                """;
        for (String model : List.of("imagenet", "speech")) {
            boolean pictures = model.equals("imagenet");
            String format = pictures ? "image" : "wav";
            Files.createDirectory(dir.resolve(model));
            Map<String, String> sources = new TreeMap<>();
            sources.put("folder", "type = \"folder\", path = \"" + model + "\", every = \"50ms\", format = ");
            sources.put("mqtt", "type = \"mqtt\", topic = \"in/" + model + "\", retained = true, format = ");
            sources.put("push", "type = \"push\", format = ");
            sources.forEach((way, source) ->
                    pipeline(text, model + "-" + way, source + '"' + format + '"', pictures ? image : sound));
        }
        String parrot = shared.resolve("image/parrot.jpg").toString();
        pipeline(
                text,
                "imagenet-exec",
                "type = \"exec\", command = [\"cat\", \"" + parrot + "\"], format = \"mjpeg\", restart = \"1d\"",
                image);
        return Files.writeString(dir.resolve("device.toml"), text);
    }

    private static void pipeline(StringBuilder text, String name, String source, String steps) {
        String model = name.substring(0, name.indexOf('-'));
        text.append(String.format(Locale.ROOT, """
                [[pipeline]]
                name = "%s"
                model = "%s"
                source = { %s }
                %s""", name, model, source, steps));
    }

    private EdgeAgent open(Path file) {
        ConfigSources sources = ConfigSources.of(file);
        if (ConfigLoader.load(sources) instanceof LoadResult.Loaded loaded) {
            return EdgeAgent.open(
                    sources,
                    loaded.config(),
                    AgentOptions.standard(PahoLink::new)
                            .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                            .drain(Duration.ofMillis(200)));
        }
        throw new AssertionError(ConfigLoader.load(sources));
    }

    /** Label and score of each prediction in the store, by pipeline. */
    private Map<String, List<String>> recorded() throws WireException {
        OutboxConfig settings =
                new OutboxConfig(dir.resolve("state"), 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        Map<String, List<String>> recorded = new TreeMap<>();
        try (Outbox outbox = Outbox.open(settings, Instant::now)) {
            for (Row row : Objects.requireNonNull(outbox.read(Stream.DATA, 1, 1_000, 1 << 20))
                    .rows()) {
                Prediction it = (Prediction) Records.decode(((Row.Data) row).record());
                recorded.computeIfAbsent(it.pipeline(), none -> new ArrayList<>())
                        .add(it.label() + " " + it.score());
            }
        }
        return recorded;
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(20_000_000);
        }
    }
}
