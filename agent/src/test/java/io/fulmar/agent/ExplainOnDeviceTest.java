package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.api.LocalApi;
import io.fulmar.agent.api.http.OwnerSecret;
import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.command.handlers.ExplainHandler;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.media.ImageDecoder;
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
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Stamp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A planted patch is where the explanation points: of a device's last input, and of one that is sent to it. */
class ExplainOnDeviceTest {
    private static final int SIDE = 32;
    private static final int TOP = 6;
    private static final int LEFT = 21;
    private static final int PATCH = 5;

    /** How far apart the squares begin that are covered one after the other. */
    private static final int STRIDE = 2;

    private final Path dir;
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final byte[] picture = picture();

    ExplainOnDeviceTest(@TempDir Path dir) {
        this.dir = dir;
    }

    /** A BMP that is dark but for a bright patch. */
    private static byte[] picture() {
        byte[] bmp = new byte[54 + 3 * SIDE * SIDE];
        ByteBuffer header = ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN);
        header.put((byte) 'B').put((byte) 'M').putInt(bmp.length).putInt(0).putInt(54);
        header.putInt(40)
                .putInt(SIDE)
                .putInt(-SIDE)
                .putShort((short) 1)
                .putShort((short) 24)
                .putInt(0);
        for (int row = TOP; row < TOP + PATCH; row++) {
            int from = 54 + 3 * (row * SIDE + LEFT);
            Arrays.fill(bmp, from, from + 3 * PATCH, (byte) 200);
        }
        return bmp;
    }

    /** A model whose classes are the pixels of its picture: what it says rests on one of them. */
    @BeforeEach
    void writeTheDevice() throws IOException {
        Files.write(
                dir.resolve("pixels.tflite"),
                SliceModel.bytes(new int[] {1, SIDE, SIDE, 1}, new int[] {1, SIDE * SIDE}));
        Files.createDirectory(dir.resolve("in"));
        Files.write(dir.resolve("in/patch.bmp"), picture);
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
                name = "idle"
                file = "pixels.tflite"
                version = "1.0.0"
                [[pipeline]]
                name = "camera"
                model = "pixels"
                source = { type = "replay", path = "in", format = "file", rate = 20, loop = true }
                preprocess = [
                  { type = "decode-image" },
                  { type = "resize", width = 32, height = 32 },
                  { type = "pixels", order = "grey" },
                ]
                postprocess = [{ type = "top-k" }]
                """);
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
    void aDeviceExplainsItsLastInputAndOneThatIsSent() throws Exception {
        AgentOptions options = AgentOptions.standard(PahoLink::new)
                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                .drain(Duration.ofMillis(200));
        try (HttpClient client = HttpClient.newHttpClient();
                EdgeAgent agent = EdgeAgent.open(sources(), config(), options)) {
            agent.start();
            await(() -> agent.apiAddress() != null && agent.snapshot().predictions() > 2);
            String url = LocalApi.url(Objects.requireNonNull(agent.apiAddress())) + "/api/v1/explain/pixels";

            requirePatch(JsonText.read(
                    new String(post(client, url, new byte[0], "*/*").body(), StandardCharsets.UTF_8)));
            requirePatch(JsonText.read(
                    new String(post(client, url + "?patch=3", picture, "*/*").body(), StandardCharsets.UTF_8)));
            HttpResponse<byte[]> png = post(client, url, picture, "image/png");
            assertThat(png.headers().firstValue("Content-Type")).contains("image/png");
            requireReddest(png.body());

            assertThat(post(client, url + "?patch=none", picture, "*/*").statusCode())
                    .isEqualTo(400);
            assertThat(post(client, url + "?class=5000", picture, "*/*").statusCode())
                    .isEqualTo(400);
            assertThat(post(client, url.replace("pixels", "idle"), new byte[0], "*/*")
                            .statusCode())
                    .isEqualTo(400);
        }
        assertThat(crashes).isEmpty();
    }

    private String secret() throws IOException {
        return OwnerSecret.ofAgent(dir.resolve("state")).reveal();
    }

    private HttpResponse<byte[]> post(HttpClient client, String url, byte[] body, String accept)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("Accept", accept)
                        .header("Authorization", "Bearer " + secret())
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void aCommandExplainsWhatItBringsAndItsAnswerFitsIntoARow() {
        try (Pipelines pipelines = new Pipelines(
                new Runner((worker, bug) -> crashes.add(worker + ": " + bug)), new FaultLog(() -> Instant.EPOCH))) {
            Doorbell doorbell = new Doorbell();
            Samples samples = new Samples(
                    dir.resolve("samples"),
                    1 << 20,
                    (stream, row) -> {},
                    () -> new Stamp(1, 1, 1),
                    new StoreErrands(doorbell),
                    new Counters(),
                    new FaultLog(() -> Instant.EPOCH),
                    doorbell);
            ExplainHandler handler =
                    new ExplainHandler(this::config, ModelSource.FILES, pipelines, samples, System::nanoTime);
            String content = Base64.getEncoder().encodeToString(picture);

            String told = done(handler, Map.of("pipeline", "camera", "content", content));
            assertThat(told.length()).isLessThan(Limits.ROW_RESULT_BYTES);
            requirePatch(JsonText.read(told));
            requireReddest(Base64.getDecoder()
                    .decode(String.valueOf(JsonText.read(told).get("png"))));

            List<Float> dark = new ArrayList<>(Collections.nCopies(SIDE * SIDE, 0f));
            dark.set(700, 8f);
            Map<String, @Nullable Object> shares =
                    JsonText.read(done(handler, Map.of("model", "idle", "input", dark, "parts", 8)));
            assertThat(shares).containsEntry("class", 700).containsEntry("method", "shapley");
            assertThat(String.valueOf(shares.get("parts"))).contains("{from=640, to=768, share=7.99");

            assertThat(handler.prepare(new Arguments(Map.of("pipeline", "camera")))
                            .carryOut())
                    .isInstanceOf(CommandOutcome.Failed.class);
            assertThatThrownBy(() -> handler.prepare(new Arguments(Map.of("model", "idle"))))
                    .isInstanceOf(ArgumentException.class)
                    .hasMessageContaining("'pipeline'");
            assertThatThrownBy(() -> handler.prepare(new Arguments(Map.of("pipeline", "none"))))
                    .isInstanceOf(ArgumentException.class)
                    .hasMessageContaining("camera");
            handler.close();
        }
        assertThat(crashes).isEmpty();
    }

    private static String done(ExplainHandler handler, Map<String, Object> args) {
        CommandOutcome outcome =
                handler.prepare(new Arguments(new HashMap<>(args))).carryOut();
        assertThat(outcome).isInstanceOf(CommandOutcome.Done.class);
        return String.valueOf(((CommandOutcome.Done) outcome).result());
    }

    private static void requirePatch(Map<String, @Nullable Object> told) {
        assertThat(told).containsEntry("method", "occlusion").containsKey("png");
        requirePatch(number(told, "row"), number(told, "column"));
    }

    private static int number(Map<String, @Nullable Object> told, String name) {
        return ((Number) Objects.requireNonNull(told.get(name))).intValue();
    }

    private static void requirePatch(int row, int column) {
        assertThat(row).isBetween(TOP - STRIDE, TOP + PATCH - 1 + STRIDE);
        assertThat(column).isBetween(LEFT - STRIDE, LEFT + PATCH - 1 + STRIDE);
    }

    /** The first of the reddest pixels, in the picture's own size. */
    private static void requireReddest(byte[] png) {
        Content.Image heat = ImageDecoder.decode(png, 1 << 20);
        int best = 0;
        int most = Integer.MIN_VALUE;
        for (int i = 0; i < heat.rgb().length; i += 3) {
            int red = (heat.rgb()[i] & 0xFF) - (heat.rgb()[i + 2] & 0xFF);
            if (red > most) {
                most = red;
                best = i / 3;
            }
        }
        requirePatch(best / heat.width() * SIDE / heat.height(), best % heat.width() * SIDE / heat.width());
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
