package io.fulmar.agent.api;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.drift.DriftView;
import io.fulmar.agent.health.StoreView;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.model.json.Json;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.core.JsonGenerator;

/** A page that shows what the device does now, and what the page asks for. Thread-safe. */
final class LivePage {
    /** Nothing but what comes from here, and no other page around it. */
    private static final Map<String, String> POLICY = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy",
            "no-referrer");

    private final LocalApi.Parts parts;
    private final Semaphore watchers = new Semaphore(Limits.WATCHERS);

    LivePage(LocalApi.Parts parts) {
        this.parts = parts;
    }

    List<Route> routes() {
        return List.of(
                file("/", "text/html; charset=utf-8", "index.html"),
                file("/page.js", "text/javascript; charset=utf-8", "page.js"),
                file("/style.css", "text/css; charset=utf-8", "style.css"),
                Route.get("/api/v1/status", call -> Reply.json(200, status())),
                Route.get("/api/v1/drift", call -> Reply.json(200, drift())),
                Route.get("/api/v1/events", call -> events()));
    }

    private static Route file(String path, String type, String resource) {
        byte[] content = read(resource);
        return Route.get(path, call -> Reply.of(200, type, POLICY, List.of(content)));
    }

    private static byte[] read(String resource) {
        try (InputStream in = LivePage.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] status() {
        StoreView store = parts.store().get();
        return Json.write(json -> {
            json.writeStringProperty("device", parts.config().get().device().id());
            json.writeStringProperty("agent", parts.version());
            json.writeStringProperty("health", parts.health().get().name().toLowerCase(Locale.ROOT));
            json.writeBooleanProperty("connected", parts.connected().getAsBoolean());
            json.writeNumberProperty("recorded", store.recorded());
            json.writeNumberProperty("buffered", store.buffered());
            json.writeArrayPropertyStart("conditions");
            parts.conditions().now().forEach(it -> condition(json, it));
            json.writeEndArray();
            json.writeArrayPropertyStart("pipelines");
            parts.pipelines().view().forEach(it -> pipeline(json, it));
            json.writeEndArray();
        });
    }

    private static void condition(JsonGenerator json, Status.Condition it) {
        json.writeStartObject();
        json.writeStringProperty("name", it.name());
        json.writeStringProperty("reason", it.reason());
        json.writeStringProperty("hint", it.hint());
        json.writeEndObject();
    }

    private static void pipeline(JsonGenerator json, Pipelines.View it) {
        json.writeStartObject();
        json.writeStringProperty("name", it.name());
        json.writeStringProperty("model", it.model().name());
        json.writeStringProperty("version", it.model().version());
        json.writeBooleanProperty("paused", it.paused());
        json.writeNumberProperty("predictions", it.predictions());
        json.writeNumberProperty("failures", it.failures());
        json.writeNumberProperty("lateFrames", it.lateFrames());
        json.writeStringProperty("label", it.lastLabel());
        json.writeNumberProperty("score", it.lastScore());
        json.writeNumberProperty("micros", it.lastMicros());
        json.writeStringProperty("drift", it.drift().doing().name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("driftReason", it.drift().reason());
        JsonText.properties(json, it.lastFound().properties());
        json.writeEndObject();
    }

    private byte[] drift() {
        return Json.write(json -> {
            json.writeArrayPropertyStart("pipelines");
            for (Pipelines.View view : parts.pipelines().view()) {
                DriftView it = view.drift();
                json.writeStartObject();
                json.writeStringProperty("name", view.name());
                json.writeStringProperty("model", view.model().name());
                json.writeStringProperty("version", view.model().version());
                json.writeStringProperty("state", it.doing().name().toLowerCase(Locale.ROOT));
                json.writeStringProperty("reason", it.reason());
                json.writeNumberProperty("seen", it.seen());
                json.writeNumberProperty("learns", it.learns());
                json.writeArrayPropertyStart("distributions");
                for (DriftView.Measured each : it.measured()) {
                    json.writeStartObject();
                    json.writeStringProperty("name", each.name());
                    json.writeNumberProperty("psi", each.psi());
                    json.writeNumberProperty("ks", each.ks());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    /** The status whenever it is another one; it ends by itself, and whoever still wants it asks again. */
    private Reply events() throws ApiException {
        if (!watchers.tryAcquire()) {
            throw ApiException.busy("at most " + Limits.WATCHERS + " can watch at a time", Limits.WATCH.toSeconds());
        }
        return new Reply(200, "text/event-stream", Map.of(), -1, out -> {
            try {
                watch(out);
            } finally {
                watchers.release();
            }
        });
    }

    private void watch(OutputStream out) throws IOException {
        long end = System.nanoTime() + Limits.WATCH.toNanos();
        byte[] said = {};
        out.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
        while (System.nanoTime() - end < 0 && !Thread.currentThread().isInterrupted()) {
            byte[] now = status();
            if (!Arrays.equals(now, said)) {
                out.write("data: ".getBytes(StandardCharsets.UTF_8));
                out.write(now);
                out.write("\n\n".getBytes(StandardCharsets.UTF_8));
                said = now;
            } else {
                out.write(": as before\n\n".getBytes(StandardCharsets.UTF_8)); // tells whether anybody listens
            }
            out.flush();
            LockSupport.parkNanos(Limits.WATCH_EVERY.toNanos());
        }
    }
}
