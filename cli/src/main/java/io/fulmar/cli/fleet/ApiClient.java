package io.fulmar.cli.fleet;

import io.fulmar.fleet.api.routes.ExportRoutes;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's API from the command line. What the service refuses is a {@link FleetException} in its words. A change that was
 * not answered is sent again with the same key, so that it is made once. Owned by the main thread.
 */
final class ApiClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration UPLOAD_TIMEOUT = Duration.ofMinutes(10);
    private static final int TRIES = 3;

    private final URI url;
    private final @Nullable String token;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();

    ApiClient(URI url, @Nullable String token) {
        this.url = url;
        this.token = token;
        if (url.getHost() == null || !List.of("http", "https").contains(String.valueOf(url.getScheme()))) {
            throw new FleetException(
                    Category.PERMANENT, "'" + url + "' is no address of a service", "write it as https://host:port");
        }
    }

    /** The parts of a path, each escaped: what a person typed cannot lead elsewhere. */
    static String path(String... parts) {
        var path = new StringBuilder("/api/v1");
        for (String part : parts) {
            path.append('/')
                    .append(URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"));
        }
        return path.toString();
    }

    JsonTree get(String path) {
        return JsonTree.read(text(path));
    }

    /** The answer as it came. */
    String text(String path) {
        return answered(request(path).GET().build()).body();
    }

    /** The bytes of the answer. */
    byte[] bytes(String path) {
        HttpRequest request = request(path).GET().build();
        // a byte a character, so that an answer is read in one way, and one that refuses as well
        return checked(sent(request, BodyHandlers.ofString(StandardCharsets.ISO_8859_1), 1))
                .body()
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * A part of an export.
     *
     * @param next where the following one begins; null for the last one
     *     <p>Immutable.
     */
    record Page(String text, int rows, @Nullable String next) {}

    Page page(String path) {
        HttpResponse<String> answer = answered(request(path).GET().build());
        return new Page(
                answer.body(),
                answer.headers().firstValueAsLong(ExportRoutes.ROWS).stream()
                        .mapToInt(Math::toIntExact)
                        .findFirst()
                        .orElseThrow(() -> new FleetException(
                                Category.PERMANENT,
                                url + " does not say how many records it gave",
                                "is that the address of a fleet service of this version?")),
                answer.headers().firstValue(ExportRoutes.NEXT).orElse(null));
    }

    /** All items of a list, page by page. */
    List<JsonTree> all(String path) {
        return some(path, Integer.MAX_VALUE);
    }

    /** The first items of a list, page by page. */
    List<JsonTree> some(String path, int most) {
        List<JsonTree> items = new ArrayList<>();
        String separator = path.contains("?") ? "&" : "?";
        String next = "";
        while (next != null && items.size() < most) {
            int limit = Math.min(Limits.HTTP_PAGE_MOST, most - items.size());
            JsonTree page = get(path + separator + "limit=" + limit + (next.isEmpty() ? "" : "&after=" + query(next)));
            items.addAll(page.objects("items"));
            next = page.text("next");
        }
        return items;
    }

    /** The value of a parameter behind the path, escaped. */
    static String query(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** Has something made or done; returns the answer as it came. */
    String post(String path, String json) {
        return change("POST", path, BodyPublishers.ofString(json));
    }

    String put(String path, String json) {
        return change("PUT", path, BodyPublishers.ofString(json));
    }

    String patch(String path, String json) {
        return change("PATCH", path, BodyPublishers.ofString(json));
    }

    /** Sends a file once; returns the answer as it came. */
    String putFile(String path, Path file) {
        try {
            HttpRequest request = request(path)
                    .timeout(UPLOAD_TIMEOUT)
                    .header("Content-Type", "application/octet-stream")
                    .PUT(BodyPublishers.ofFile(file))
                    .build();
            return checked(sent(request, TRIES)).body();
        } catch (FileNotFoundException e) {
            throw new FleetException(Category.PERMANENT, "cannot read " + file, "may this user read it?", e);
        }
    }

    /** Sends bytes once, without trying again. */
    JsonTree putBytes(String path, byte[] bytes) {
        HttpRequest request = request(path)
                .timeout(UPLOAD_TIMEOUT)
                .header("Content-Type", "application/octet-stream")
                .PUT(BodyPublishers.ofByteArray(bytes))
                .build();
        return JsonTree.read(checked(sent(request, TRIES)).body());
    }

    void delete(String path) {
        change("DELETE", path, BodyPublishers.noBody());
    }

    private String change(String verb, String path, BodyPublisher body) {
        HttpRequest request = request(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .method(verb, body)
                .build();
        return answered(request).body();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(url.resolve(path))
                .timeout(ANSWER_TIMEOUT)
                .header("Accept", "application/json");
        if (token != null) {
            try {
                builder.header("Authorization", "Bearer " + token);
            } catch (IllegalArgumentException e) {
                throw new FleetException(Category.PERMANENT, "the token is none", "it begins with fulmar_", e);
            }
        }
        return builder;
    }

    private HttpResponse<String> answered(HttpRequest request) {
        return checked(sent(request, 1));
    }

    private HttpResponse<String> checked(HttpResponse<String> answer) {
        if (answer.statusCode() >= 400) {
            throw refused(answer);
        }
        return answer;
    }

    private HttpResponse<String> sent(HttpRequest request, int attempt) {
        return sent(request, BodyHandlers.ofString(), attempt);
    }

    private HttpResponse<String> sent(HttpRequest request, HttpResponse.BodyHandler<String> as, int attempt) {
        try {
            return http.send(request, as);
        } catch (IOException e) {
            if (attempt < TRIES) {
                return sent(request, as, attempt + 1);
            }
            throw new FleetException(
                    Category.TRANSIENT,
                    "the fleet service at " + url + " does not answer: "
                            + (e.getMessage() == null ? e : e.getMessage()),
                    "is it running, and is that its address?",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FleetException(Category.TRANSIENT, "interrupted", "run the command again", e);
        }
    }

    private FleetException refused(HttpResponse<String> answer) {
        Category category =
                answer.statusCode() >= 500 || answer.statusCode() == 429 ? Category.TRANSIENT : Category.PERMANENT;
        String type = answer.headers().firstValue("Content-Type").orElse("");
        if (!type.startsWith("application/problem+json")) {
            return new FleetException(
                    category, url + " answered " + answer.statusCode(), "is that the address of a fleet service?");
        }
        JsonTree problem = JsonTree.read(answer.body());
        String detail = problem.text("detail");
        String hint = problem.text("hint");
        if (answer.statusCode() == 401) {
            hint = token == null
                    ? "name a token with --token-file or FULMAR_TOKEN"
                    : "use another token: --token-file or FULMAR_TOKEN";
        }
        return new FleetException(
                category,
                TargetOptions.printable(detail == null ? "the service answered " + answer.statusCode() : detail),
                hint == null ? "see docs/api.md" : TargetOptions.printable(hint));
    }

    @Override
    public void close() {
        http.close();
    }
}
