package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.api.LocalApi;
import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.command.handlers.ExplainHandler;
import io.fulmar.agent.feedback.SampleFile;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.pipeline.SampleKeeper;
import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.agent.pipeline.SliceModel;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Found;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.ModelRef;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An input that a device has kept is explained as it was when it came; what does not fit any more is refused. */
class ExplainSampleTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final int SIDE = 32;
    private static final int TOP = 6;
    private static final int LEFT = 21;
    private static final int PATCH = 5;
    private static final int STRIDE = 2;
    private static final long BUDGET = 1 << 20;

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final FaultLog faults = new FaultLog(() -> Instant.EPOCH);
    private final Samples samples;
    private long seq;

    ExplainSampleTest(@TempDir Path dir) {
        this.dir = dir;
        Doorbell doorbell = new Doorbell();
        this.samples = new Samples(
                dir.resolve("samples"),
                BUDGET,
                (stream, row) -> {},
                () -> new Stamp(1, 1, 1),
                new StoreErrands(doorbell),
                new Counters(),
                faults,
                doorbell);
    }

    @BeforeEach
    void writeTheDevice() throws IOException {
        Files.write(
                dir.resolve("pixels.tflite"),
                SliceModel.bytes(new int[] {1, SIDE, SIDE, 1}, new int[] {1, SIDE * SIDE}));
        Files.write(dir.resolve("series.tflite"), SliceModel.bytes(new int[] {1, 8, 1, 1}, new int[] {1, 8}));
        Files.writeString(dir.resolve("device.toml"), """
                [device]
                id = "eye-1"
                [state]
                dir = "state"
                [mqtt]
                url = "mqtt://127.0.0.1:1"
                [api]
                port = 0
                [[model]]
                name = "pixels"
                file = "pixels.tflite"
                version = "1.0.0"
                [[model]]
                name = "series"
                file = "series.tflite"
                version = "1.0.0"
                [[model]]
                name = "digit-reader"
                file = "%1$s/digit-reader.tflite"
                version = "1.0.0"
                labels = "%1$s/labels.txt"
                [[pipeline]]
                name = "meter"
                model = "digit-reader"
                source = { type = "replay", path = "%1$s/golden", format = "tensor", match = "7.in0.bin", rate = 20, loop = true }
                postprocess = [{ type = "top-k" }]
                [pipeline.samples]
                random = 1
                [[pipeline]]
                name = "camera"
                model = "pixels"
                source = { type = "push", format = "image" }
                preprocess = [
                  { type = "decode-image" },
                  { type = "resize", width = 32, height = 32 },
                  { type = "pixels", order = "grey" },
                ]
                [[pipeline]]
                name = "eye"
                model = "pixels"
                source = { type = "exec", command = ["sleep", "60"], format = "rgb24", width = 32, height = 32 }
                preprocess = [{ type = "pixels", order = "grey" }]
                [[pipeline]]
                name = "shaft"
                model = "series"
                source = { type = "push", format = "json", columns = 4 }
                preprocess = [{ type = "window", size = 8, hop = 4 }]
                """.formatted(
                        ROOT.resolve("models/samples/digit-reader").toRealPath()));
    }

    private ConfigSources sources() {
        return ConfigSources.of(dir.resolve("device.toml"));
    }

    private DeviceConfig config() {
        return switch (ConfigLoader.load(sources())) {
            case LoadResult.Loaded loaded -> loaded.config();
            case LoadResult.Invalid invalid ->
                throw new AssertionError(invalid.problems().toString());
        };
    }

    @Test
    void aDeviceExplainsWhatItHasKeptLikeTheLastInputThatThisWas() throws Exception {
        AgentOptions options = AgentOptions.standard(PahoLink::new)
                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                .drain(Duration.ofMillis(200));
        try (HttpClient client = HttpClient.newHttpClient();
                EdgeAgent agent = EdgeAgent.open(sources(), config(), options)) {
            agent.start();
            await(() -> agent.apiAddress() != null && !kept().isEmpty());
            String url = LocalApi.url(Objects.requireNonNull(agent.apiAddress())) + "/api/v1/explain/digit-reader";
            SampleFile file = kept().getFirst();

            HttpResponse<String> answer = post(client, url + "?patch=2&sample=" + file.id(), "");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            Map<String, @Nullable Object> told = JsonText.read(answer.body());
            assertThat(told)
                    .containsEntry("sample", file.id())
                    .containsEntry("receipt", file.receipt().toString())
                    .containsEntry("label", "7");
            assertThat(String.valueOf(told.get("said"))).contains("version=1.0.0", "score=0.9");
            assertThat(bright(number(told, "row"), number(told, "column")))
                    .as("it rests on the stroke of the seven: %s", answer.body())
                    .isTrue();

            Map<String, @Nullable Object> last =
                    JsonText.read(post(client, url + "?patch=2", "").body());
            assertThat(told).containsAllEntriesOf(last);

            assertThat(ask(client, url + "?sample=" + file.id(), "", "of nobody"))
                    .satisfies(refusal(401, "owner"));
            assertThat(post(client, url.replace("digit-reader", "pixels") + "?sample=" + file.id(), ""))
                    .satisfies(refusal(409, "is of the model digit-reader, not of pixels"));
            assertThat(post(client, url + "?sample=" + file.id(), "[1]")).satisfies(refusal(400, "not both"));
            assertThat(post(client, url + "?sample=0000000000000001-data-9", ""))
                    .satisfies(refusal(404, "no sample 0000000000000001-data-9"));
            assertThat(post(client, url + "?sample=none", "")).satisfies(refusal(404, "00000198a3b4c5d6-data-42"));
        }
        assertThat(crashes).isEmpty();
    }

    private static Consumer<HttpResponse<String>> refusal(int status, String says) {
        return answer -> {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
            assertThat(answer.body()).contains(says);
        };
    }

    /** Whether the seven has ink under the patch of two pixels or right beside it. */
    private static boolean bright(int row, int column) throws IOException {
        byte[] seven = Files.readAllBytes(ROOT.resolve("models/samples/digit-reader/golden/7.in0.bin"));
        for (int at = 0; at < seven.length; at++) {
            if (seven[at] > 0 && Math.abs(at / 8 - row) <= 1 && Math.abs(at % 8 - column) <= 1) {
                return true;
            }
        }
        return false;
    }

    @Test
    void theCommandExplainsWhateverWasKeptOfAPipeline() {
        withHandler(handler -> {
            String file = keep("camera", "pixels", "1.0.0", new Content.Encoded(bmp(), "image/bmp"));
            requirePatch(done(handler, Map.of("sample", file)));
            Map<String, @Nullable Object> told =
                    done(handler, Map.of("sample", "eye-1/" + file.replace('-', '/'), "pipeline", "camera"));
            requirePatch(told);
            assertThat(told)
                    .containsEntry("pipeline", "camera")
                    .containsEntry("sample", file)
                    .containsEntry("receipt", file.replace('-', '/'));

            requirePatch(done(handler, Map.of("sample", keep("eye", "pixels", "0.9.0", image()))));

            float[] window = {0, 0, 0, 0, 0, 9, 0, 0};
            String given = keep("shaft", "series", "1.0.0", new Content.Values(window), 1, 8, 1, 1);
            assertThat(done(handler, Map.of("sample", given, "parts", 4)))
                    .containsEntry("class", 5)
                    .satisfies(it -> assertThat(String.valueOf(it.get("parts"))).contains("{from=4, to=6, share=9.0}"));
        });
    }

    @Test
    void whatIsGoneOrDoesNotFitAnyMoreIsRefusedAndSaysWhy() {
        withHandler(handler -> {
            String picture = keep("camera", "pixels", "1.0.0", new Content.Encoded(bmp(), "image/bmp"));
            assertThat(failed(handler, Map.of("sample", picture, "pipeline", "eye")))
                    .contains("is of the pipeline camera, not of eye");
            assertThat(failed(handler, Map.of("sample", picture, "model", "series")))
                    .contains("is of the model pixels, not of series");
            assertThatThrownBy(() -> handler.prepare(
                            new Arguments(new HashMap<>(Map.of("sample", picture, "input", List.of(1))))))
                    .isInstanceOf(ArgumentException.class)
                    .hasMessageContaining("not several");

            assertThat(samples.remove(samples.chosen(it -> it.id().equals(picture))))
                    .isEqualTo(1);
            assertThat(failed(handler, Map.of("sample", picture)))
                    .isEqualTo("there is no sample " + picture
                            + " on this device: none was kept, it made room, was removed, or the fleet has it");
            assertThat(failed(handler, Map.of("sample", "newest"))).contains("as samples.list says");

            assertThat(failed(handler, Map.of("sample", keep("door", "pixels", "1.0.0", image()))))
                    .contains("is of the pipeline door, which is not there any more");
            assertThat(failed(handler, Map.of("sample", keep("shaft", "pixels", "1.0.0", image()))))
                    .contains("is of the model pixels, and the pipeline shaft runs series now");
            String other = keep("shaft", "series", "0.9.0", new Content.Values(new float[12]), 1, 12, 1, 1);
            assertThat(failed(handler, Map.of("sample", other)))
                    .contains(
                            "it holds an input of [1, 12, 1, 1], and the model takes [1, 8, 1, 1]",
                            "it was kept of series 0.9.0; version 1.0.0 runs now");
            String row = keep("camera", "pixels", "1.0.0", new Content.Values(new float[3]));
            assertThat(failed(handler, Map.of("sample", row))).contains("does not suit the pipeline of now");
        });
    }

    /** What a test does with the command; may fail on the disk. */
    private interface Use {
        void of(ExplainHandler handler) throws IOException;
    }

    private void withHandler(Use use) {
        samples.work(1);
        try (Pipelines pipelines =
                new Pipelines(new Runner((worker, bug) -> crashes.add(worker + ": " + bug)), faults)) {
            ExplainHandler handler =
                    new ExplainHandler(this::config, ModelSource.FILES, pipelines, samples, System::nanoTime);
            use.of(handler);
            handler.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(crashes).isEmpty();
    }

    private static CommandOutcome outcome(ExplainHandler handler, Map<String, Object> args) {
        return handler.prepare(new Arguments(new HashMap<>(args))).carryOut();
    }

    private static Map<String, @Nullable Object> done(ExplainHandler handler, Map<String, Object> args) {
        CommandOutcome outcome = outcome(handler, args);
        assertThat(outcome).isInstanceOf(CommandOutcome.Done.class);
        return JsonText.read(String.valueOf(((CommandOutcome.Done) outcome).result()));
    }

    private static String failed(ExplainHandler handler, Map<String, Object> args) {
        CommandOutcome outcome = outcome(handler, args);
        assertThat(outcome).isInstanceOf(CommandOutcome.Failed.class);
        return ((CommandOutcome.Failed) outcome).reason();
    }

    /** Keeps one and says what it is called. */
    private String keep(String pipeline, String model, String version, Content content, int... shape) {
        Receipt receipt = new Receipt(7, Stream.DATA, ++seq);
        Prediction said = new Prediction(
                new Stamp(5_000, 10, 1),
                pipeline,
                "source",
                seq,
                new ModelRef(model, version, "0".repeat(64)),
                1,
                null,
                3,
                0.4f,
                List.of(),
                List.of(),
                1,
                List.of(),
                false,
                "test",
                Found.NOTHING);
        assertThat(samples.reserve(1)).isTrue();
        samples.keep(new SampleKeeper.Taken(SampleRule.RANDOM, said, receipt, content, shape, 1));
        samples.work(seq + 1);
        return newest(it -> it.receipt().equals(receipt)).id();
    }

    private SampleFile newest(Predicate<SampleFile> which) {
        return samples.chosen(which).getFirst();
    }

    private List<SampleFile> kept() {
        try {
            return SampleFile.list(dir.resolve("state/samples"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Dark but for a bright patch. */
    private static Content.Image image() {
        byte[] rgb = new byte[3 * SIDE * SIDE];
        for (int row = TOP; row < TOP + PATCH; row++) {
            int from = 3 * (row * SIDE + LEFT);
            Arrays.fill(rgb, from, from + 3 * PATCH, (byte) 200);
        }
        return new Content.Image(SIDE, SIDE, rgb);
    }

    private byte[] bmp() throws IOException {
        String kept = keep("camera", "pixels", "1.0.0", image());
        return Objects.requireNonNull(newest(it -> it.id().equals(kept)).read(dir.resolve("samples")))
                .content();
    }

    private static int number(Map<String, @Nullable Object> told, String name) {
        return ((Number) Objects.requireNonNull(told.get(name))).intValue();
    }

    private static void requirePatch(Map<String, @Nullable Object> told) {
        assertThat(told).containsEntry("method", "occlusion").containsKey("png");
        assertThat(number(told, "row")).isBetween(TOP - STRIDE, TOP + PATCH - 1 + STRIDE);
        assertThat(number(told, "column")).isBetween(LEFT - STRIDE, LEFT + PATCH - 1 + STRIDE);
    }

    private HttpResponse<String> post(HttpClient client, String url, String body)
            throws IOException, InterruptedException {
        return ask(
                client,
                url,
                body,
                Files.readString(dir.resolve("state/api-token")).strip());
    }

    private static HttpResponse<String> ask(HttpClient client, String url, String body, String secret)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("Authorization", "Bearer " + secret)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
