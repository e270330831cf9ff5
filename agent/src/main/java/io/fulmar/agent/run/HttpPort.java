package io.fulmar.agent.run;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An address of this machine on which HTTP is answered, each request by a virtual thread of its own. Who sends slowly is cut
 * off, and so is who takes an answer slowly. Thread-safe.
 */
public final class HttpPort implements AutoCloseable {
    /** The server of the JDK reads these when it is first used; what the command line says comes first. */
    private static final Map<String, String> BOUNDS = Map.of(
            "sun.net.httpserver.nodelay", "true",
            "sun.net.httpserver.maxReqTime", Integer.toString(Limits.HTTP_REQUEST_SECONDS),
            "sun.net.httpserver.maxRspTime", Integer.toString(Limits.HTTP_ANSWER_SECONDS),
            "sun.net.httpserver.idleInterval", Integer.toString(Limits.HTTP_IDLE_SECONDS),
            "sun.net.httpserver.maxIdleConnections", Integer.toString(Limits.HTTP_CONNECTIONS),
            "jdk.httpserver.maxConnections", Integer.toString(Limits.HTTP_CONNECTIONS),
            "sun.net.httpserver.maxReqHeaders", Integer.toString(Limits.HTTP_HEADERS),
            "sun.net.httpserver.maxReqHeaderSize", Integer.toString(Limits.HTTP_HEADER_BYTES));

    private final HttpServer server;
    private final ExecutorService threads;

    private HttpPort(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /** Listens from now on; each request goes to the handler, on a thread of its own. */
    public static HttpPort open(InetSocketAddress address, HttpHandler handler) throws IOException {
        BOUNDS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        HttpServer server = HttpServer.create(address, Limits.HTTP_CONNECTIONS);
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("fulmar-http-", 0).factory());
        server.setExecutor(threads);
        server.createContext("/", handler);
        server.start();
        return new HttpPort(server, threads);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Listens no more, and breaks off what is being answered. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
