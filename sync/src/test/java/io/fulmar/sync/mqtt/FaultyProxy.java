package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy on a free port that fails on demand: it cuts, refuses, stays mute, lets nothing pass, or delays.
 *
 * <p>Runs on virtual threads that end with {@link #close}. Thread-safe.
 */
public final class FaultyProxy implements AutoCloseable {
    /** What the proxy does with a connection. */
    public enum Mode {
        /** Passes everything on. */
        PASS,
        /** Lets nothing pass, old connections included, but keeps them: a cable pulled behind the next switch. */
        HOLD,
        /** Closes what it accepts, at once: a proxy before a dead server. */
        REFUSE,
        /** Accepts, and never says a word. */
        MUTE
    }

    private static final long POLL_NANOS = Duration.ofMillis(1).toNanos();

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Mode> mode = new AtomicReference<>(Mode.PASS);
    private final AtomicLong delayNanos = new AtomicLong();
    private final AtomicLong cutAfterBytes = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong cuts = new AtomicLong();
    private final AtomicBoolean open = new AtomicBoolean(true);

    public FaultyProxy(String host, int port) {
        this.target = new InetSocketAddress(host, port);
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("proxy-accept").start(this::acceptAll);
    }

    public int port() {
        return server.getLocalPort();
    }

    public void mode(Mode value) {
        mode.set(value);
    }

    /** Delays every piece of data, in each direction. */
    public void delay(Duration value) {
        delayNanos.set(value.toNanos());
    }

    /** Cuts everything once this many more bytes were passed on, in the middle of a packet if it falls there. */
    public void cutAfter(long bytes) {
        cutAfterBytes.set(bytes);
    }

    /** Ends all connections without a word. */
    public void cut() {
        cuts.incrementAndGet();
        sockets.forEach(FaultyProxy::closeQuietly);
        sockets.clear();
    }

    /** Connections taken since the start. */
    public long accepted() {
        return accepted.get();
    }

    /** How often connections were cut. */
    public long cuts() {
        return cuts.get();
    }

    @Override
    public void close() throws IOException {
        open.set(false);
        server.close();
        cut();
    }

    private void acceptAll() {
        while (open.get()) {
            try {
                Socket client = server.accept();
                accepted.incrementAndGet();
                serve(client);
            } catch (IOException e) {
                // closed, or the target is away: the client sees its connection end
            }
        }
    }

    private void serve(Socket client) throws IOException {
        if (mode.get() == Mode.REFUSE) {
            client.close();
            return;
        }
        sockets.add(client);
        if (mode.get() == Mode.MUTE) {
            return;
        }
        Socket upstream = new Socket();
        try {
            upstream.connect(target, 2_000);
        } catch (IOException e) {
            upstream.close();
            sockets.remove(client);
            client.close();
            throw e;
        }
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        sockets.add(upstream);
        Thread.ofVirtual().name("proxy-up").start(() -> pump(client, upstream));
        Thread.ofVirtual().name("proxy-down").start(() -> pump(upstream, client));
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                while (mode.get() == Mode.HOLD && open.get() && !from.isClosed()) {
                    LockSupport.parkNanos(POLL_NANOS);
                }
                if (delayNanos.get() > 0) {
                    LockSupport.parkNanos(delayNanos.get());
                }
                int read = n;
                passOn(out, buffer, n, cutAfterBytes.getAndUpdate(left -> left == Long.MAX_VALUE ? left : left - read));
            }
        } catch (IOException e) {
            // either side ended the connection; closing both passes that on
            closeQuietly(from);
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void passOn(OutputStream out, byte[] buffer, int n, long left) throws IOException {
        if (left <= 0) {
            return; // the other direction is just about to cut
        }
        if (left <= n) {
            out.write(buffer, 0, (int) left);
            out.flush();
            cutAfterBytes.set(Long.MAX_VALUE);
            cut();
            return;
        }
        out.write(buffer, 0, n);
        out.flush();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone, which is what was wanted
        }
    }
}
