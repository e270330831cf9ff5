package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the one socket of a connection and keeps hold of it, so that the connection can be cut at any moment: a closed
 * socket ends all of Paho's threads, whatever they are waiting for. Knows what the socket says of its own end.
 *
 * <p>Thread-safe.
 */
final class OneSocketFactory extends SocketFactory {
    private final @Nullable Encryption encryption;
    private final long packetLimit;
    private final AtomicReference<@Nullable Socket> socket = new AtomicReference<>();
    private final AtomicReference<@Nullable Loss> failure = new AtomicReference<>();
    private final Socket cut = new Socket();

    OneSocketFactory(@Nullable Encryption encryption, long packetLimit) {
        this.encryption = encryption;
        this.packetLimit = packetLimit;
    }

    @Override
    public Socket createSocket() throws IOException {
        BrokerSocket fresh = new BrokerSocket(encryption, packetLimit, loss -> failure.compareAndSet(null, loss));
        if (!socket.compareAndSet(null, fresh)) {
            fresh.close();
            throw new IOException("the connection was given up");
        }
        return fresh;
    }

    /** Why the connection failed, if the socket knows better than its exception says. */
    @Nullable
    Loss failure() {
        return failure.get();
    }

    /** Lets the broker close first, for a moment, when the connection is closed. */
    void expectGoodbye() {
        if (socket.get() instanceof BrokerSocket made) {
            made.expectGoodbye();
        }
    }

    /** Closes the socket, or forbids it if it was not made yet. */
    void cut() throws IOException {
        Socket made = socket.getAndSet(cut);
        if (made != null) {
            made.close();
        }
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("Paho connects by itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw new UnsupportedOperationException("Paho connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException("Paho connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw new UnsupportedOperationException("Paho connects by itself");
    }
}
