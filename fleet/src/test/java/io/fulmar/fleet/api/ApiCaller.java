package io.fulmar.fleet.api;

import io.fulmar.sync.wire.JsonText;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Somebody who calls the fleet's API in a test. Owned by one thread. */
public final class ApiCaller implements AutoCloseable {
    private final HttpClient http = HttpClient.newHttpClient();
    private final int port;

    public ApiCaller(int port) {
        this.port = port;
    }

    /** One request; headers as name, value, name, value. */
    public HttpResponse<String> send(
            String verb, String path, @Nullable String token, @Nullable String body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(verb, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** Sends bytes. */
    public HttpResponse<String> put(String path, String token, byte[] body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofString());
    }

    public HttpResponse<String> get(String path, @Nullable String token) throws IOException, InterruptedException {
        return send("GET", path, token, null);
    }

    /** Has that administrator make a token with a role. */
    public String makeToken(String admin, String role) throws IOException, InterruptedException {
        HttpResponse<String> made =
                send("POST", "/api/v1/tokens", admin, "{\"name\":\"a " + role + "\",\"role\":\"" + role + "\"}");
        if (made.statusCode() != 201) {
            throw new IllegalStateException(made.statusCode() + " " + made.body());
        }
        return text(made, "token");
    }

    public static Map<String, @Nullable Object> json(HttpResponse<String> answer) {
        return JsonText.read(answer.body());
    }

    public static String text(HttpResponse<String> answer, String member) {
        return String.valueOf(Objects.requireNonNull(json(answer).get(member)));
    }

    @Override
    public void close() {
        http.close();
    }
}
