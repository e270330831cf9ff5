package io.fulmar.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP relay on loopback that stands in for the network between one device and the broker, so that it can be cut.
 *
 * <p>It also counts what crosses it in both directions: the bytes of the report are those on the wire, MQTT's own
 * included. Thread-safe.
 */
final class CuttableLink implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final InetSocketAddress target;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean cut = new AtomicBoolean();
    private final AtomicLong bytesUp = new AtomicLong();
    private final AtomicLong bytesDown = new AtomicLong();

    private CuttableLink(InetSocketAddress target, ServerSocket listener) {
        this.target = target;
        this.listener = listener;
    }

    /** Listens on a free loopback port and relays every connection to {@code targetPort}. */
    static CuttableLink to(int targetPort) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        var link = new CuttableLink(new InetSocketAddress(loopback, targetPort), new ServerSocket(0, 16, loopback));
        Thread.ofVirtual().name("demo-link").start(link::accept);
        return link;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Bytes that went from the device to the broker. */
    long bytesUp() {
        return bytesUp.get();
    }

    /** Bytes that went from the broker to the device. */
    long bytesDown() {
        return bytesDown.get();
    }

    /** Breaks what is connected and refuses what tries to connect, until {@link #restore}. */
    void cut() {
        cut.set(true);
        open.forEach(CuttableLink::closeQuietly);
    }

    /** Lets connections through again. */
    void restore() {
        cut.set(false);
    }

    boolean isCut() {
        return cut.get();
    }

    @Override
    public void close() {
        cut();
        try {
            listener.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot close the relay on port " + port(), e);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket device = listener.accept();
                if (cut.get()) {
                    closeQuietly(device);
                } else {
                    relay(device);
                }
            } catch (IOException e) {
                // the listener was closed, or the broker is away: the device sees a refused connection and backs off
            }
        }
    }

    private void relay(Socket device) throws IOException {
        var broker = new Socket();
        open.add(device);
        open.add(broker);
        try {
            broker.connect(target);
        } catch (IOException e) {
            release(device, broker);
            throw e;
        }
        Thread.ofVirtual().start(() -> copy(device, broker, bytesUp));
        Thread.ofVirtual().start(() -> copy(broker, device, bytesDown));
        if (cut.get()) { // the cut came between the check and the connection
            release(device, broker);
        }
    }

    private void copy(Socket from, Socket to, AtomicLong count) {
        var buffer = new byte[BUFFER_BYTES];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                count.addAndGet(read);
            }
        } catch (IOException e) {
            // either side went away, which is what this relay is for
        } finally {
            release(from, to);
        }
    }

    private void release(Socket one, Socket other) {
        closeQuietly(one);
        closeQuietly(other);
        open.remove(one);
        open.remove(other);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // closing is all that was wanted
        }
    }
}
