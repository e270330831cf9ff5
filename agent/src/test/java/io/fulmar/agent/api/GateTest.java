package io.fulmar.agent.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ApiSettings;
import io.fulmar.config.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may ask. */
class GateTest {
    private static final String TOKEN = "a token of some length";
    private static final ApiSettings WITH_TOKEN =
            new ApiSettings(true, "127.0.0.1", 0, new Secret(TOKEN, "test"), 1 << 20, 4, Duration.ofSeconds(10), 1);

    @Test
    void withATokenOnlyWhoKnowsItIsAnswered() {
        try (TestApi api = new TestApi(WITH_TOKEN, ModelSource.FILES, List.of(TestApi.sample("digit-reader")))) {
            HttpResponse<byte[]> stranger = api.get("/v2");
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.headers().firstValue("WWW-Authenticate")).isPresent();
            assertThat(new String(stranger.body(), UTF_8)).contains("\"error\"").doesNotContain(TOKEN);
            assertThat(api.post("/v2/models/digit-reader/infer", new byte[10]).statusCode())
                    .isEqualTo(401);
            assertThat(status(api, "Bearer " + TOKEN)).isEqualTo(200);
            assertThat(status(api, "bearer " + TOKEN)).isEqualTo(200);
            assertThat(status(api, "Basic " + base64("anybody:" + TOKEN))).isEqualTo(200);
            assertThat(status(api, "Basic " + base64("anybody:another"))).isEqualTo(401);
            assertThat(status(api, "Basic !")).isEqualTo(401);
            assertThat(status(api, "Bearer " + TOKEN.substring(1))).isEqualTo(401);
            assertThat(status(api, TOKEN)).isEqualTo(401);
        }
    }

    @Test
    void whetherItLivesIsToldToEverybody() {
        try (TestApi api = new TestApi(WITH_TOKEN, ModelSource.FILES, List.of(TestApi.sample("digit-reader")))) {
            assertThat(api.get("/v2/health/live").statusCode()).isEqualTo(200);
            assertThat(api.get("/v2/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8081, 200",
        "localhost, 200",
        "[::1]:8081, 200",
        "127.0.0.1.evil.example, 403",
        "evil.example:8081, 403",
        "192.168.1.7, 403",
        "'', 403",
        "a b, 403",
    })
    void withoutATokenANameThatSomebodyLetsPointHereIsRefused(String host, int status) throws IOException {
        try (TestApi api = TestApi.ofSamples()) {
            assertThat(raw(api, "GET /v2 HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 " + status);
        }
    }

    @ParameterizedTest
    @CsvSource({"http://evil.example, 403", "null, 403", "http://127.0.0.1:1, 403", "http://localhost:8081, 200"})
    void aPageOfAnotherServerIsRefused(String origin, int status) throws IOException {
        try (TestApi api = TestApi.ofSamples()) {
            assertThat(raw(
                            api,
                            "GET /v2 HTTP/1.1\r\nHost: localhost:8081\r\nOrigin: " + origin
                                    + "\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 " + status);
        }
    }

    private static int status(TestApi api, String authorization) {
        return api.send(HttpRequest.newBuilder(api.uri("/v2"))
                        .header("Authorization", authorization)
                        .build())
                .statusCode();
    }

    private static String base64(String pair) {
        return Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
    }

    private static String raw(TestApi api, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
