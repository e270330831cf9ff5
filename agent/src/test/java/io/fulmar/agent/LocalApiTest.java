package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.agent.api.LocalApi;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The local interface of a whole device. */
class LocalApiTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern SAMPLE =
            Pattern.compile("fulmar_[a-z_]+(\\{([a-z]+=\"[^\"]*\",?)+\\})? (-?[0-9.E+-]+|\\+Inf)");

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final AgentOptions options = AgentOptions.standard(PahoLink::new)
            .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
            .drain(Duration.ofMillis(200));
    private final HttpClient client = HttpClient.newHttpClient();

    LocalApiTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void nothingCrashed() {
        client.close();
        assertThat(crashes).isEmpty();
    }

    @Test
    void aDeviceAnswersOnItsOwnMachineWhileItsPipelinesRun() throws Exception {
        try (EdgeAgent agent = open(Map.of("api.port", "0"))) {
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            InetSocketAddress address = Objects.requireNonNull(agent.apiAddress());
            assertThat(address.getAddress().isLoopbackAddress()).isTrue();
            await("predictions", () -> agent.snapshot().predictions() > 20);

            assertThat(get(agent, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(agent, "/v2/models/bearing-condition").statusCode()).isEqualTo(200);
            HttpResponse<String> answer = post(
                    agent,
                    "/v2/models/bearing-condition/infer",
                    "{\"inputs\":[{\"name\":\"acceleration\",\"shape\":[1,1,256,1],\"datatype\":\"INT8\",\"data\":["
                            + "0,".repeat(255) + "0]}]}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);

            String counted = "fulmar_api_requests_total{route=\"/v2/models/{model}/infer\",status=\"200\"} 1\n";
            await(
                    "a request is counted once it is answered",
                    () -> text(agent, "/metrics").contains(counted));
            String metrics = get(agent, "/metrics").body();
            assertThat(metrics)
                    .contains("fulmar_api_inferences_total{model=\"bearing-condition\",outcome=\"done\"} 1\n")
                    .contains("fulmar_api_queue_depth{model=\"bearing-condition\"} 0\n")
                    .contains("fulmar_api_inference_seconds_bucket{model=\"bearing-condition\",le=\"+Inf\"} 1\n")
                    .contains("fulmar_link_connected 0\n");
            for (String family : List.of("dropped_total", "refused_total", "restarts_total", "stale")) {
                assertThat(metrics).contains("fulmar_source_" + family + "{pipeline=\"vibration\"} 0\n");
            }
            assertThat(metrics)
                    .containsPattern("fulmar_source_frames_total\\{pipeline=\"vibration\"} [1-9][0-9]+\n")
                    .contains("fulmar_source_last_frame_age_seconds{pipeline=\"vibration\"} ");
            assertThat(metrics.lines().filter(line -> !line.startsWith("# ")))
                    .allMatch(line -> SAMPLE.matcher(line).matches());
            assertThat(metrics.lines().filter(line -> line.startsWith("# TYPE ")))
                    .doesNotHaveDuplicates();
            assertThat(metrics.lines().filter(line -> line.startsWith("fulmar_pipeline_predictions_total{")))
                    .singleElement()
                    .satisfies(line -> assertThat(Long.parseLong(line.substring(line.indexOf("} ") + 2)))
                            .isGreaterThan(20));
        }
    }

    @Test
    void aCallerGetsTheAnswersThatThePipelineRecords() throws Exception {
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < 12; row++) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 256; i++) {
                values.add(Double.toString(Math.sin(i * (0.05 + row * 0.02)) * row + Math.cos(i * 1.3)));
            }
            rows.add(String.join(",", values));
        }
        Path csv = Files.write(dir.resolve("rows.csv"), rows);
        Path model = ROOT.resolve("models/samples/bearing-condition").toRealPath();
        Path file = Files.writeString(dir.resolve("device.toml"), String.format(Locale.ROOT, """
                        [device]
                        id = "pump-7"
                        [state]
                        dir = "state"
                        [[model]]
                        name = "bearing-condition"
                        file = "%s/bearing-condition.tflite"
                        version = "1.0.0"
                        labels = "%s/labels.txt"
                        [[pipeline]]
                        name = "vibration"
                        model = "bearing-condition"
                        [pipeline.source]
                        type = "replay"
                        path = "%s"
                        rate = 50
                        [[pipeline.preprocess]]
                        type = "scale"
                        factor = 1.5
                        [[pipeline.postprocess]]
                        type = "top-k"
                        [[pipeline.postprocess]]
                        type = "label"
                        """, model, model, csv));
        List<String> answers = new ArrayList<>();
        try (EdgeAgent agent = open(file, Map.of("api.port", "0"))) {
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            for (String row : rows) {
                HttpResponse<String> asText = post(agent, "/api/v1/infer/bearing-condition", row);
                assertThat(asText.statusCode()).as(asText.body()).isEqualTo(200);
                JsonNode said = JsonMapper.shared().readTree(asText.body());
                assertThat(said.at("/pipeline").asString()).isEqualTo("vibration");
                answers.add(
                        said.at("/label").asString() + " " + said.at("/score").asString());
                HttpResponse<String> asJson = post(agent, "/api/v1/infer/bearing-condition", "[[" + row + "]]");
                assertThat(withoutTime(asJson)).isEqualTo(withoutTime(asText));
            }
            await("the whole file", () -> agent.snapshot().recorded() >= rows.size() + 1);
        }
        assertThat(recorded()).isEqualTo(answers);
        assertThat(Set.copyOf(answers)).hasSizeGreaterThan(2);
    }

    private static String withoutTime(HttpResponse<String> answer) {
        return answer.body().replaceAll(",\"micros\":\\d+", "");
    }

    /** Label and score of each prediction in the store. */
    private List<String> recorded() throws WireException {
        OutboxConfig settings =
                new OutboxConfig(dir.resolve("state"), 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        List<String> recorded = new ArrayList<>();
        try (Outbox outbox = Outbox.open(settings, Instant::now)) {
            for (Row row : Objects.requireNonNull(outbox.read(Stream.DATA, 1, 100, 1 << 20))
                    .rows()) {
                Prediction it = (Prediction) Records.decode(((Row.Data) row).record());
                recorded.add(it.label() + " " + it.score());
            }
        }
        return recorded;
    }

    @Test
    void aPictureAndASoundGetTheirLabelsAsTheyAre() throws Exception {
        Path data = ROOT.resolve("../shared/testdata");
        assumeThat(data).as("the shared test data is not beside the repository").isDirectory();
        Path shared = data.toRealPath();
        Path file = Files.writeString(dir.resolve("device.toml"), String.format(Locale.ROOT, """
                        [device]
                        id = "eye-1"
                        [state]
                        dir = "state"
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
                        [[pipeline]]
                        name = "camera"
                        model = "imagenet"
                        source = { type = "replay", path = "%1$s/image", match = "parrot.jpg", format = "file", rate = 5 }
                        preprocess = [
                          { type = "decode-image" },
                          { type = "resize", width = 128, height = 128 },
                          { type = "pixels", raw = true },
                        ]
                        postprocess = [{ type = "top-k", k = 3 }, { type = "label" }]
                        [[pipeline]]
                        name = "microphone"
                        model = "speech"
                        source = { type = "replay", path = "%1$s/keyword", match = "yes*.wav", format = "file", rate = 5 }
                        preprocess = [
                          { type = "decode-audio" },
                          { type = "resample", rate = 16000 },
                          { type = "window", size = 16000 },
                          { type = "micro-frontend", raw = true },
                        ]
                        postprocess = [{ type = "label" }]
                        """, shared));
        Files.writeString(dir.resolve("words.txt"), "silence\nunknown\nyes\nno\n");
        try (EdgeAgent agent = open(file, Map.of("api.port", "0"))) {
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            JsonNode parrot = judged(agent, "imagenet", shared.resolve("image/parrot.jpg"));
            assertThat(parrot.at("/label").asString()).contains("macaw");
            assertThat(parrot.at("/score").floatValue()).isGreaterThan(0.6f);
            JsonNode cat = judged(agent, "imagenet", shared.resolve("image/cat.bmp"));
            assertThat(cat.at("/top").findValuesAsString("index")).contains("283");
            for (String word : List.of("yes", "no")) {
                JsonNode said = judged(agent, "speech", shared.resolve("keyword/" + word + "_1000ms.wav"));
                assertThat(said.at("/label").asString()).isEqualTo(word);
            }
        }
    }

    private JsonNode judged(EdgeAgent agent, String model, Path file) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(uri(agent, "/api/v1/infer/" + model))
                        .POST(HttpRequest.BodyPublishers.ofFile(file))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answer.body());
    }

    @Test
    void programsBringFramesToAPipeline() throws Exception {
        Path model = ROOT.resolve("models/samples/bearing-condition").toRealPath();
        Path file = Files.writeString(dir.resolve("device.toml"), String.format(Locale.ROOT, """
                        [device]
                        id = "pump-7"
                        [state]
                        dir = "state"
                        [[model]]
                        name = "bearing-condition"
                        file = "%s/bearing-condition.tflite"
                        version = "1.0.0"
                        [[pipeline]]
                        name = "vibration"
                        model = "bearing-condition"
                        source = { type = "push", format = "json", queue = 3, values = ["$.x"], max_size = "8KiB" }
                        [[pipeline]]
                        name = "machine"
                        model = "bearing-condition"
                        source = { type = "simulated" }
                        """, model));
        String path = "/api/v1/sources/vibration";
        String frame = "{\"x\": [" + "0.5,".repeat(255) + "1]}";
        try (EdgeAgent agent = open(file, Map.of("api.port", "0"))) {
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            HttpResponse<String> taken = post(agent, path, frame);
            assertThat(taken.statusCode()).as(taken.body()).isEqualTo(202);
            await("its prediction", () -> metric(agent, "fulmar_pipeline_predictions_total") == 1);

            assertWrong(post(agent, path, "{\"x\": [1]}"), 400, "what was brought has 1 values, expected 256");
            assertWrong(post(agent, path, " ".repeat(9_000)), 413, "at most 8192 bytes");
            assertWrong(post(agent, "/api/v1/sources/machine", frame), 404, "gets its frames itself");
            assertWrong(post(agent, "/api/v1/sources/none", frame), 404, "no pipeline 'none' runs");
            assertThat(metric(agent, "fulmar_source_refused_total")).isEqualTo(1);

            int brought = 0;
            while (brought < 50) {
                brought += post(agent, path, frame).statusCode() == 202 ? 1 : 0;
            }
            await("all that was taken", () -> metric(agent, "fulmar_pipeline_predictions_total") == 51);
            assertThat(metric(agent, "fulmar_source_frames_total")).isEqualTo(51);
        }
    }

    private long metric(EdgeAgent agent, String name) {
        try {
            String line = name + "{pipeline=\"vibration\"} ";
            return get(agent, "/metrics")
                    .body()
                    .lines()
                    .filter(it -> it.startsWith(line))
                    .mapToLong(it -> Long.parseLong(it.substring(line.length())))
                    .sum();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsNoInputOfTheModelIsToldWhatItIs() throws Exception {
        try (EdgeAgent agent = open(Map.of("api.port", "0"))) {
            agent.start();
            await("a port", () -> agent.apiAddress() != null);
            String path = "/api/v1/infer/bearing-condition";
            assertWrong(post(agent, path, ""), 400, "there is nothing in the body");
            assertWrong(post(agent, path, "[1,2]"), 400, "takes 256 values");
            assertWrong(post(agent, path, "[1,\"two\"]"), 400, "numbers and lists of numbers");
            assertWrong(post(agent, path, "[1"), 400, "");
            assertWrong(post(agent, path, "1;2;x"), 400, "'x' is no number");
            assertWrong(post(agent, path, "{\"inputs\":[]}"), 400, "/v2/models/{model}/infer");
            assertWrong(post(agent, path, "--boundary"), 400, "--data-binary @FILE");
            assertWrong(post(agent, path, "GIF89a"), 400, "a file");
            assertWrong(post(agent, path + "?pipeline=none", "[1]"), 404, "no pipeline 'none' runs model");
            assertWrong(post(agent, "/api/v1/infer/none", "[1]"), 404, "there is no model 'none' here");
        }
    }

    private static void assertWrong(HttpResponse<String> answer, int status, String message) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JsonMapper.shared().readTree(answer.body()).at("/error").asString())
                .contains(message);
    }

    @Test
    void aPageShowsWhatThePipelinesSayAndTakesNothingFromElsewhere() throws Exception {
        try (EdgeAgent agent = open(Map.of("api.port", "0"))) {
            agent.start();
            await(
                    "predictions",
                    () -> agent.apiAddress() != null && agent.snapshot().predictions() > 5);
            HttpResponse<String> page = get(agent, "/");
            assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'none'; script-src 'self'");
            assertThat(page.body()).doesNotContain("http:", "https:", "style=", "onload", "<script>");
            for (String file : List.of("/page.js", "/style.css")) {
                assertThat(page.body()).contains("\"" + file + "\"");
                assertThat(get(agent, file).statusCode()).isEqualTo(200);
            }
            HttpResponse<java.util.stream.Stream<String>> events = client.send(
                    HttpRequest.newBuilder(uri(agent, "/api/v1/events")).build(), HttpResponse.BodyHandlers.ofLines());
            try (java.util.stream.Stream<String> lines = events.body()) {
                String data = lines.filter(line -> line.startsWith("data: "))
                        .skip(1)
                        .findFirst()
                        .orElseThrow();
                JsonNode status = JsonMapper.shared().readTree(data.substring(6));
                assertThat(status.at("/device").asString()).isEqualTo("simulated-1");
                assertThat(status.at("/pipelines/0/name").asString()).isEqualTo("vibration");
                assertThat(status.at("/pipelines/0/predictions").asInt()).isGreaterThan(5);
                assertThat(status.at("/pipelines/0/label").asString()).isNotEmpty();
            }
        }
    }

    @Test
    void aPortThatIsTakenIsAConditionAndNothingElse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EdgeAgent agent = open(Map.of("api.port", Integer.toString(taken.getLocalPort())))) {
            agent.start();
            await(
                    "the condition",
                    () -> agent.conditions().stream()
                            .map(Status.Condition::name)
                            .anyMatch("api-unavailable"::equals));
            await("predictions", () -> agent.snapshot().predictions() > 20);
            assertThat(agent.apiAddress()).isNull();
        }
    }

    @Test
    void aDeviceThatIsToldSoListensNowhere() throws Exception {
        try (EdgeAgent agent = open(Map.of("api.enabled", "false", "api.port", "0"))) {
            agent.start();
            await("predictions", () -> agent.snapshot().predictions() > 20);
            assertThat(agent.apiAddress()).isNull();
        }
    }

    private HttpResponse<String> get(EdgeAgent agent, String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(agent, path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private String text(EdgeAgent agent, String path) {
        try {
            return get(agent, path).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> post(EdgeAgent agent, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(agent, path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(EdgeAgent agent, String path) {
        return URI.create(LocalApi.url(Objects.requireNonNull(agent.apiAddress())) + path);
    }

    private EdgeAgent open(Map<String, String> overrides) throws IOException {
        Map<String, String> fast = new TreeMap<>(overrides);
        fast.put("pipeline.0.source.rate", "200");
        return open(Examples.file("simulated.toml"), fast);
    }

    private EdgeAgent open(Path file, Map<String, String> overrides) throws IOException {
        Map<String, String> all = new TreeMap<>(overrides);
        all.put("state.dir", dir.resolve("state").toString());
        all.put("mqtt.url", "mqtt://127.0.0.1:" + closedPort());
        all.put("outbox.commit_interval.data", "50ms");
        ConfigSources sources = ConfigSources.of(file).overrides(all);
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
