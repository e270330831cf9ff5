package io.fulmar.agent.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.api.http.Front;
import io.fulmar.agent.api.http.OwnerSecret;
import io.fulmar.agent.api.oip.OipRoutes;
import io.fulmar.agent.api.serve.ServedModels;
import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.run.HttpPort;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.Runner;
import io.fulmar.config.ApiSettings;
import io.fulmar.config.ModelSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Models served over a real port of this machine, and a client of it. */
public final class TestApi implements AutoCloseable {
    static final ApiSettings SETTINGS =
            new ApiSettings(true, "127.0.0.1", 0, null, 1 << 20, 16, Duration.ofSeconds(30), 1);

    private static final Path SAMPLES =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples");

    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final ServedModels models;
    private final HttpPort port;

    TestApi(ApiSettings settings, ModelSource source, List<ModelSettings> configured) {
        Runner runner = new Runner((worker, bug) -> crashes.add(worker + ": " + bug));
        this.models = new ServedModels(() -> configured, source, Breadcrumbs.none(), runner, settings);
        Front front = new Front(
                new OipRoutes(models, "1.2.3").routes(), settings, new OwnerSecret(Path.of("")), (route, status) -> {});
        try {
            this.port = HttpPort.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), front);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The sample models from their files. */
    public static TestApi ofSamples() {
        return new TestApi(SETTINGS, ModelSource.FILES, List.of(sample("bearing-condition"), sample("digit-reader")));
    }

    /** A sample as a configuration names it. */
    public static ModelSettings sample(String name) {
        return file(name, SAMPLES.resolve(name).resolve(name + ".tflite"));
    }

    static ModelSettings file(String name, Path file) {
        Path labels = file.resolveSibling("labels.txt");
        return new ModelSettings(
                name,
                file.toAbsolutePath(),
                "1.0.0",
                labels.toFile().exists() ? labels.toAbsolutePath() : null,
                1,
                ModelSettings.Delegate.XNNPACK);
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port.address().getPort() + path);
    }

    int port() {
        return port.address().getPort();
    }

    public HttpResponse<byte[]> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    public HttpResponse<byte[]> post(String path, byte[] body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofByteArray(body));
        return send(
                headers.length == 0 ? request.build() : request.headers(headers).build());
    }

    HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Such bytes as a window of int8 samples has, another one for each seed. */
    static byte[] window(int seed) {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (60 * Math.sin(i * (0.1 + seed * 0.01)) + i % (3 + seed % 5));
        }
        return bytes;
    }

    static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    static byte[] joined(byte[] first, byte[]... rest) {
        int length = first.length;
        for (byte[] part : rest) {
            length += part.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length).put(first);
        for (byte[] part : rest) {
            all.put(part);
        }
        return all.array();
    }

    @Override
    public void close() {
        port.close();
        models.close();
        client.close();
        assertThat(crashes).isEmpty();
    }
}
