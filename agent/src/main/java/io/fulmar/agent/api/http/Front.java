package io.fulmar.agent.api.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.fulmar.config.ApiSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ObjIntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what a request is for, lets in whom it may, and says what is wrong. Thread-safe. */
public final class Front implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger("api");
    private static final String UNKNOWN = "other";

    private final List<Route> routes;
    private final Gate gate;
    private final Room room;
    private final long maxBody;
    private final ObjIntConsumer<String> observer;

    /**
     * @param owner what the routes of the owner ask for where the settings have no token
     * @param observer is told the path of the route, and the status of the answer
     */
    public Front(List<Route> routes, ApiSettings settings, OwnerSecret owner, ObjIntConsumer<String> observer) {
        this.routes = List.copyOf(routes);
        this.gate = new Gate(settings.token(), owner);
        this.maxBody = settings.maxBodyBytes();
        this.room = new Room(2 * maxBody);
        this.observer = observer;
    }

    public List<Route> routes() {
        return routes;
    }

    private record Match(Route route, Map<String, String> named) {}

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = UNKNOWN;
            int status = 500;
            try {
                Match match = match(exchange);
                path = match.route().path();
                status = answer(exchange, match);
            } catch (ApiException wrong) {
                status = wrong.status();
                discard(exchange);
                send(exchange, Reply.error(wrong));
            } catch (IOException e) {
                LOG.debug("a caller went away: {}", e.toString());
            } catch (RuntimeException bug) {
                LOG.error("{} {}", exchange.getRequestMethod(), path, bug);
                send(exchange, Reply.error(new ApiException(500, "this is a fault of the agent; see its log")));
            } finally {
                observer.accept(path, status);
            }
        }
    }

    private int answer(HttpExchange exchange, Match match) throws ApiException, IOException {
        gate.check(exchange.getRequestHeaders(), match.route().access());
        Call call = new Call(exchange, match.named(), gate, room, maxBody);
        try {
            Reply reply = match.route().endpoint().answer(call);
            send(exchange, reply);
            return reply.status();
        } finally {
            call.end();
        }
    }

    private Match match(HttpExchange exchange) throws ApiException {
        List<String> parts = Path.parts(exchange.getRequestURI().getRawPath());
        String method = exchange.getRequestMethod().equals("HEAD") ? "GET" : exchange.getRequestMethod();
        TreeSet<String> others = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> named = Path.match(route.parts(), parts);
            if (named != null && route.method().equals(method)) {
                return new Match(route, named);
            }
            if (named != null) {
                others.add(route.method());
            }
        }
        if (!others.isEmpty()) {
            String allowed = String.join(", ", others);
            throw new ApiException(405, "only " + allowed + " is answered there", Map.of("Allow", allowed));
        }
        throw new ApiException(
                404, "there is nothing at " + exchange.getRequestURI().getPath());
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", reply.type());
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        reply.headers().forEach(headers::set);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(reply.status(), -1);
            return;
        }
        // to the server of the JDK, 0 means that the length is not known, and -1 that there is nothing
        exchange.sendResponseHeaders(reply.status(), reply.length() == 0 ? -1 : Math.max(0, reply.length()));
        if (reply.length() != 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                reply.content().writeTo(out);
            }
        }
    }

    /** A caller that still sends would not hear what is wrong. */
    private static void discard(HttpExchange exchange) throws IOException {
        InputStream in = exchange.getRequestBody();
        byte[] rest = new byte[Limits.CHUNK_BYTES];
        long discarded = 0;
        for (int read = 0; read >= 0 && discarded < Limits.DISCARDED_BYTES; read = in.read(rest)) {
            discarded += read;
        }
    }
}
