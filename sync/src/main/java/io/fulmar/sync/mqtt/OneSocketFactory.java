package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Holds the one socket of a connection, so that the connection can be cut at any moment: a closed socket ends all of Paho's
 * threads, whatever they are waiting for. Knows what the socket says of its own end.
 *
 * <p>Thread-safe.
 */
final class OneSocketFactory extends SocketFactory {
    private final AtomicReference<@Nullable Loss> failure = new AtomicReference<>();
    private final BrokerSocket socket;

    OneSocketFactory(@Nullable Encryption encryption, long packetLimit) {
        this.socket = new BrokerSocket(encryption, packetLimit, loss -> failure.compareAndSet(null, loss));
    }

    @Override
    public Socket createSocket() {
        return socket;
    }

    /** Why the connection failed, if the socket knows better than its exception says. */
    @Nullable
    Loss failure() {
        return failure.get();
    }

    /** Lets the broker close first, for a moment, when the connection is closed. */
    void expectGoodbye() {
        socket.expectGoodbye();
    }

    /** Cuts the connection, also one that is not made yet. */
    void cut() throws IOException {
        socket.cut();
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
