package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The page for a person's browser: a shell, and modules that ask the API like everybody else. It comes as it was written;
 * nothing builds it. Thread-safe.
 */
public final class PageRoutes {
    private static final String FOLDER = "/io/fulmar/fleet/api/page/";
    private static final String HTML = "text/html";

    /** What the shell loads. A test compares this with the files that are there. */
    static final List<String> FILES = List.of(
            "app.js",
            "api.js",
            "chart.js",
            "devices.js",
            "dom.js",
            "lists.js",
            "live.js",
            "models.js",
            "overview.js",
            "plan.js",
            "questions.js",
            "statistics.js",
            "rollouts.js",
            "vendor/uPlot.esm.js",
            "vendor/uPlot.min.css",
            "vendor/uPlot.LICENSE");

    private PageRoutes() {}

    public static void addTo(Router router) {
        Answer login = file("login.html");
        Answer shell = file("index.html");
        router.open(Verb.GET, "/login", call -> login);
        for (String name : List.of("login.js", "style.css", "icon.svg")) {
            Answer answer = file(name);
            router.open(Verb.GET, "/" + name, call -> answer);
        }
        router.page("/", Role.VIEWER, call -> shell, login);
        Map<String, Answer> assets = new LinkedHashMap<>();
        FILES.forEach(name -> assets.put(name.substring(name.indexOf('/') + 1), file(name)));
        router.add(Verb.GET, "/assets/{file}", Role.VIEWER, call -> {
            Answer answer = assets.get(call.path("file"));
            if (answer == null) {
                throw Problem.absent("The page has no file of that name");
            }
            return answer;
        });
    }

    private static Answer file(String name) {
        try (InputStream in = PageRoutes.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in this build");
            }
            return Answer.text(type(name), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read", e);
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "js" -> "text/javascript";
            case "css" -> "text/css";
            case "html" -> HTML;
            case "svg" -> "image/svg+xml";
            default -> "text/plain";
        };
    }
}
