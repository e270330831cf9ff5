package io.fulmar.agent.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fulmar.agent.api.http.Access;
import io.fulmar.agent.api.http.OwnerSecret;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.pipeline.SampleKeeper;
import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.OutboxHealth;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What docs/agent-openapi.yaml says is what a device does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentOpenApiTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Set<String> PAGE = Set.of("GET /", "GET /page.js", "GET /style.css");

    private final JsonNode document = document();
    private final Set<String> checked = new TreeSet<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final StoreErrands errands = new StoreErrands(new Doorbell());
    private final Path dir;
    private final LocalApi api;
    private String secret = "";

    AgentOpenApiTest(@TempDir Path dir) throws IOException {
        this.dir = dir;
        api = api(dir);
    }

    /** With a pipeline that is never asked for the frames that it is brought. */
    private LocalApi api(Path dir) throws IOException {
        Files.createDirectory(dir.resolve("state")); // as the agent has made it by then
        Path model = ROOT.resolve("models/samples/bearing-condition").toRealPath();
        Path file = Files.writeString(dir.resolve("device.toml"), String.format(Locale.ROOT, """
                        device.id = "api-1"
                        state.dir = "state"
                        api.port = 0
                        [[model]]
                        name = "bearing-condition"
                        file = "%1$s/bearing-condition.tflite"
                        version = "1.0.0"
                        labels = "%1$s/labels.txt"
                        [[pipeline]]
                        name = "vibration"
                        model = "bearing-condition"
                        source = { type = "push", format = "json", queue = 2 }
                        """, model));
        DeviceConfig config = ((LoadResult.Loaded) ConfigLoader.load(ConfigSources.of(file))).config();
        Runner runner = new Runner((worker, bug) -> {
            throw new AssertionError(worker, bug);
        });
        Pipelines pipelines = new Pipelines(runner, new FaultLog(Instant::now));
        PipelineContext context = new PipelineContext((stream, row) -> {}, () -> new Stamp(0, 0, 1), "test");
        pipelines.put(new PipelineOpener(context, ModelSource.FILES)
                .open(config, config.pipelines().getFirst()));
        LocalApi opened = new LocalApi(
                config.api(),
                new LocalApi.Parts(
                        "1.2.3",
                        () -> config,
                        ModelSource.FILES,
                        pipelines,
                        samples(dir),
                        Breadcrumbs.none(),
                        runner,
                        new Counters(),
                        new Conditions(Instant::now, System::nanoTime),
                        () -> Status.Health.HEALTHY,
                        () -> new StoreView(1, Map.of(), new OutboxHealth.Healthy(), 0, List.of()),
                        errands,
                        held -> false,
                        () -> 1_000,
                        () -> false));
        opened.work(System.nanoTime());
        return opened;
    }

    /** With one that is kept, of what the pipeline was given. */
    private Samples samples(Path dir) {
        Samples samples = new Samples(
                dir.resolve("samples"),
                1 << 20,
                (stream, row) -> {},
                () -> new Stamp(0, 0, 1),
                errands,
                new Counters(),
                new FaultLog(Instant::now),
                new Doorbell());
        Prediction said = new Prediction(
                new Stamp(5_000, 10, 1),
                "vibration",
                "source",
                1,
                new ModelRef("bearing-condition", "1.0.0", "0".repeat(64)),
                1,
                "normal",
                0,
                0.4f,
                List.of(),
                List.of(),
                1,
                List.of(),
                false,
                "test",
                Found.NOTHING);
        samples.reserve(1);
        samples.keep(new SampleKeeper.Taken(
                SampleRule.CONFIDENCE,
                said,
                new Receipt(7, Stream.DATA, 1),
                new Content.Values(new float[256]),
                new int[0],
                1));
        samples.work(1);
        return samples;
    }

    @AfterAll
    void close() {
        client.close();
        api.close();
    }

    @Test
    void everyRouteIsDescribedWithWhoMayUseItAndNothingElseIs() {
        Map<String, String> real = new TreeMap<>();
        for (Route route : api.routes()) {
            if (!PAGE.contains(route.toString())) {
                real.put(route.toString(), route.access().toString());
            }
        }
        Map<String, String> described = new TreeMap<>();
        operations()
                .forEach((route, operation) ->
                        described.put(route, access(operation.get("security")).toString()));
        assertThat(described).isEqualTo(real);
    }

    private static Access access(@Nullable JsonNode security) {
        if (security == null) {
            return Access.MACHINE;
        }
        return security.isEmpty() ? Access.EVERYBODY : Access.OWNER;
    }

    @Test
    void everyReferenceLeadsSomewhereAndEveryPathParameterIsDescribed() {
        document.findValues("$ref")
                .forEach(reference -> assertThat(
                                document.at(reference.asString().substring(1)).isMissingNode())
                        .as(reference.asString())
                        .isFalse());
        for (Map.Entry<String, JsonNode> path : document.at("/paths").properties()) {
            Set<String> inPath = new TreeSet<>();
            for (String part : path.getKey().split("/", -1)) {
                if (part.startsWith("{")) {
                    inPath.add(part.substring(1, part.length() - 1));
                }
            }
            Set<String> described = new TreeSet<>();
            for (JsonNode parameter : path.getValue().at("/parameters")) {
                JsonNode whole = parameter.has("$ref")
                        ? document.at(parameter.at("/$ref").asString().substring(1))
                        : parameter;
                if ("path".equals(whole.at("/in").asString())) {
                    described.add(whole.at("/name").asString());
                }
            }
            assertThat(described).as(path.getKey()).isEqualTo(inPath);
        }
    }

    @Test
    void realAnswersAreAsDescribed() throws Exception {
        String numbers = Arrays.toString(new int[256]);
        String tensor =
                "{\"id\":\"7\",\"inputs\":[{\"name\":\"acceleration\",\"shape\":[1,1,256,1],\"datatype\":\"INT8\",\"data\":"
                        + numbers + "}]%s}";
        for (String path : List.of(
                "/healthz",
                "/metrics",
                "/v2",
                "/v2/health/live",
                "/v2/health/ready",
                "/api/v1/status",
                "/api/v1/drift")) {
            check("GET " + path, path, null, 200);
        }
        for (Route route : api.routes()) {
            if (route.access() == Access.OWNER) {
                String path = route.path().replace("{pipeline}", "vibration");
                check(route.toString(), path, route.method().equals("POST") ? "{}" : null, 401);
            }
        }
        check("POST /api/v1/explain/{model}", real("/api/v1/explain/{model}"), "", 401);
        check(
                "POST /api/v1/explain/{model}",
                real("/api/v1/explain/{model}") + "?sample=0000000000000007-data-1",
                "",
                401);
        secret = OwnerSecret.ofAgent(dir.resolve("state")).reveal();
        check("POST /api/v1/drift/{pipeline}/learn", "/api/v1/drift/none/learn", "", 404);
        check("POST /api/v1/explain/{model}", real("/api/v1/explain/{model}"), "", 409);
        check("POST /api/v1/explain/{model}", real("/api/v1/explain/{model}"), numbers, 200);
        String sample = real("/api/v1/explain/{model}") + "?sample=0000000000000007-data-";
        check("POST /api/v1/explain/{model}", sample + "1", "", 200);
        check("POST /api/v1/explain/{model}", sample + "2", "", 404);
        for (String version : List.of("", "/versions/{version}")) {
            String route = "/v2/models/{model}" + version;
            check("GET " + route, real(route), null, 200);
            check("GET " + route, real(route).replace("bearing", "no"), null, 404);
            check("GET " + route + "/ready", real(route) + "/ready", null, 200);
            check("GET " + route + "/ready", real(route).replace("bearing", "no") + "/ready", null, 404);
            check("POST " + route + "/infer", real(route) + "/infer", String.format(Locale.ROOT, tensor, ""), 200);
            check(
                    "POST " + route + "/infer",
                    real(route) + "/infer",
                    String.format(Locale.ROOT, tensor, ",\"parameters\":{\"binary_data_output\":true}"),
                    200);
            check("POST " + route + "/infer", real(route) + "/infer", "{}", 400);
        }
        check(
                "GET /v2/models/{model}/versions/{version}/ready",
                "/v2/models/bearing-condition/versions/0/ready",
                null,
                503);
        check("POST /api/v1/infer/{model}", "/api/v1/infer/bearing-condition", numbers, 200);
        check("POST /api/v1/infer/{model}", "/api/v1/infer/bearing-condition", "[1]", 400);
        for (int status : List.of(202, 202, 429, 429)) {
            HttpResponse<String> answer =
                    check("POST /api/v1/sources/{pipeline}", "/api/v1/sources/vibration", numbers, status);
            assertThat(answer.headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 429);
        }
        check("POST /api/v1/sources/{pipeline}", "/api/v1/sources/vibration", "[1]", 400);
        check("POST /api/v1/sources/{pipeline}", "/api/v1/sources/none", numbers, 404);
        checkOutbox();

        Set<String> unchecked = new TreeSet<>(operations().keySet());
        unchecked.removeAll(checked);
        assertThat(unchecked).as("described, and no real answer was compared").isEqualTo(Set.of("GET /api/v1/events"));
    }

    private void checkOutbox() throws Exception {
        OutboxConfig config = new OutboxConfig(dir, 4 << 20, 0, Duration.ofDays(1), WhenFull.EVICT_OLDEST);
        AtomicBoolean over = new AtomicBoolean();
        try (Outbox outbox = Outbox.open(config, Instant::now)) {
            outbox.append(List.of(
                    new Draft(Stream.EVENT, Records.encode(new DeviceEvent(new Stamp(1, 1, 1), "test", "a row")))));
            Thread store = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    errands.run(outbox);
                    LockSupport.parkNanos(1_000_000);
                }
            });
            try {
                check("GET /api/v1/outbox/rows", "/api/v1/outbox/rows", null, 200);
                StreamState state = outbox.state(Stream.EVENT);
                String held = new RowsAnswer(
                                "api-1", List.of(new RowsAnswer.Held(state.epoch(), Stream.EVENT, 1, state.tailHash())))
                        .text();
                String route = "POST /api/v1/outbox/acknowledgement";
                check(route, "/api/v1/outbox/acknowledgement", held.replace("api-1", "d2"), 400);
                check(route, "/api/v1/outbox/acknowledgement", held.replace("\"upTo\":1", "\"upTo\":7"), 200);
                assertThat(outbox.state(Stream.EVENT).acknowledged()).isZero();
                check(route, "/api/v1/outbox/acknowledgement", held, 200);
                assertThat(outbox.state(Stream.EVENT).acknowledged()).isEqualTo(1);
                check(route, "/api/v1/outbox/acknowledgement", held, 200);
            } finally {
                over.set(true);
                store.join();
            }
        }
    }

    private static String real(String route) {
        return route.replace("{model}", "bearing-condition").replace("{version}", "1.0.0");
    }

    private HttpResponse<String> check(String route, String path, @Nullable String body, int status) throws Exception {
        checked.add(route);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(LocalApi.url(Objects.requireNonNull(api.address())) + path));
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(status);
        JsonNode responses = Objects.requireNonNull(operations().get(route)).at("/responses");
        JsonNode response = responses.has(Integer.toString(status))
                ? responses.get(Integer.toString(status))
                : responses.get("default");
        if (response.has("$ref")) {
            response = document.at(response.at("/$ref").asString().substring(1));
        }
        String type = answer.headers().firstValue("Content-Type").orElse("").split(";", -1)[0];
        JsonNode schema = response.at("/content/" + type.replace("/", "~1") + "/schema");
        assertThat(schema.isMissingNode())
                .as(route + " answers " + status + " " + type)
                .isFalse();
        if (type.endsWith("json")) {
            ObjectNode whole = JsonMapper.shared().createObjectNode();
            whole.setAll((ObjectNode) schema);
            whole.set("components", document.get("components"));
            Schema compiled = SCHEMAS.getSchema(whole.toString(), InputFormat.JSON);
            assertThat(compiled.validate(answer.body(), InputFormat.JSON))
                    .as(route + " " + answer.body())
                    .isEmpty();
        }
        return answer;
    }

    /** By verb and path. */
    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> all = new TreeMap<>();
        for (Map.Entry<String, JsonNode> path : document.at("/paths").properties()) {
            for (String verb : List.of("get", "post", "put", "delete", "patch")) {
                if (path.getValue().has(verb)) {
                    all.put(
                            verb.toUpperCase(Locale.ROOT) + " " + path.getKey(),
                            path.getValue().get(verb));
                }
            }
        }
        return all;
    }

    private static JsonNode document() {
        try {
            String yaml = Files.readString(ROOT.resolve("docs/agent-openapi.yaml"));
            return JsonMapper.shared()
                    .valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
