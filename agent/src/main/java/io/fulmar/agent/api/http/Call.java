package io.fulmar.agent.api.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request, and what it holds of the memory for all of them. Owned by its thread. */
public final class Call {
    private final HttpExchange exchange;
    private final Map<String, String> named;
    private final Gate gate;
    private final Room room;
    private final long maxBody;
    private long held;

    Call(HttpExchange exchange, Map<String, String> named, Gate gate, Room room, long maxBody) {
        this.exchange = exchange;
        this.named = named;
        this.gate = gate;
        this.room = room;
        this.maxBody = maxBody;
    }

    /** Refuses whoever is not the owner, where it depends on the request whether it is for the owner alone. */
    public void requireOwner() throws ApiException {
        gate.checkOwner(exchange.getRequestHeaders());
    }

    /** What stands for the name in braces; null where this way to ask has none. */
    public @Nullable String partOrNull(String name) {
        return named.get(name);
    }

    public String part(String name) {
        return Objects.requireNonNull(named.get(name));
    }

    public @Nullable String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    /** The type of what it brings, without parameters, in lower case; empty where it does not say. */
    public String type() {
        return MediaType.of(header("Content-Type"));
    }

    /** What stands in the query under that name; null if nothing does. */
    public @Nullable String query(String name) {
        String query = exchange.getRequestURI().getQuery();
        if (query == null) {
            return null;
        }
        for (String pair : query.split("&", -1)) {
            int at = pair.indexOf('=');
            if ((at < 0 ? pair : pair.substring(0, at)).equals(name)) {
                return at < 0 ? "" : pair.substring(at + 1);
            }
        }
        return null;
    }

    /** Everything that it brings. */
    public byte[] body() throws ApiException, IOException {
        String encoding = header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new ApiException(415, "bodies are taken as they are, not with Content-Encoding: " + encoding);
        }
        String length = header("Content-Length");
        return length == null ? chunks() : exactly(Long.parseLong(length));
    }

    private byte[] exactly(long length) throws ApiException, IOException {
        if (length > maxBody) {
            throw tooLarge();
        }
        hold(length);
        byte[] body = new byte[(int) length];
        if (exchange.getRequestBody().readNBytes(body, 0, body.length) < body.length) {
            throw new IOException("the caller went away");
        }
        return body;
    }

    private byte[] chunks() throws ApiException, IOException {
        InputStream in = exchange.getRequestBody();
        byte[] body = {};
        int filled = 0;
        while (true) {
            if (filled == body.length) {
                int more = (int) Math.min(Math.max(Limits.CHUNK_BYTES, filled), maxBody - filled);
                if (more == 0) {
                    if (in.read() >= 0) {
                        throw tooLarge();
                    }
                    return body;
                }
                hold(more);
                body = Arrays.copyOf(body, filled + more);
            }
            int read = in.readNBytes(body, filled, body.length - filled);
            filled += read;
            if (filled < body.length) {
                return Arrays.copyOf(body, filled);
            }
        }
    }

    private ApiException tooLarge() {
        return new ApiException(413, "a request has at most " + maxBody + " bytes here; api.max_body sets it");
    }

    /** Takes memory for what is made of the request, until it is answered. */
    public void hold(long bytes) throws ApiException {
        if (!room.take(bytes)) {
            throw ApiException.busy("other requests hold all the memory that there is for them", 1);
        }
        held += bytes;
    }

    void end() {
        room.give(held);
        held = 0;
    }
}
