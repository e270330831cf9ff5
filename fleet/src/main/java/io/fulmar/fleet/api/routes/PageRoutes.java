package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.ingest.IngestStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Supplier;

/** The page of the fleet for a person's browser, and the one to log in. Thread-safe. */
public final class PageRoutes {
    private static final String HTML = "text/html";
    private static final String SCRIPT = "text/javascript";

    private final Reader reader;
    private final Supplier<IngestStatus> ingest;
    private final InstantSource clock;

    public PageRoutes(Reader reader, Supplier<IngestStatus> ingest, InstantSource clock) {
        this.reader = reader;
        this.ingest = ingest;
        this.clock = clock;
    }

    public void addTo(Router router) {
        Answer login = file("login.html", HTML);
        router.open(Verb.GET, "/login", call -> login);
        open(router, "/login.js", SCRIPT);
        open(router, "/style.css", "text/css");
        router.page("/", Role.VIEWER, call -> Answer.text(HTML, page()), login);
        router.add(Verb.GET, "/live", Role.VIEWER, call -> Answer.text(HTML, live()));
        Answer script = file("live.js", SCRIPT);
        router.add(Verb.GET, "/live.js", Role.VIEWER, call -> script);
    }

    private String page() {
        return reader.read(queries -> OverviewPage.page(queries, ingest.get(), clock.millis()));
    }

    private String live() {
        return reader.read(queries -> OverviewPage.live(queries, ingest.get(), clock.millis()));
    }

    private static void open(Router router, String path, String type) {
        Answer answer = file(path.substring(1), type);
        router.open(Verb.GET, path, call -> answer);
    }

    private static Answer file(String name, String type) {
        try (InputStream in = PageRoutes.class.getResourceAsStream("/io/fulmar/fleet/api/page/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in this build");
            }
            return Answer.text(type, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read", e);
        }
    }
}
