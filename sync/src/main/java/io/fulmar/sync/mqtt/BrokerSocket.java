package io.fulmar.sync.mqtt;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The socket of one connection: it encrypts if it is to, lets nobody read before somebody wrote, takes no packet over the
 * limit, and knows in the end what went wrong.
 *
 * <p>Paho starts its receiver, then its sender, and waits in a loop until it sees the sender run. When the peer closes the
 * connection in between (a proxy before a dead broker does), the receiver stops the sender first, and the loop never ends:
 * one thread is lost for every attempt (30 of 30 measured). An MQTT server has nothing to say before CONNECT, so
 * holding the first read back until the first write loses nothing and closes the gap. What TLS has to say before that is
 * said while connecting, so for Paho an encrypted connection is one that takes longer to come up. For the same reason
 * {@link #cut}, which any thread may call at any moment, leaves it to the first write to find the connection closed (54
 * of 100 links that were closed in their first 400 ms lost a thread when it did not).
 *
 * <p>Paho closes the socket right behind its DISCONNECT. A broker that hears of the end of the connection before it has
 * worked off that packet (Artemis under load does) publishes the will of a client that said goodbye. So after
 * {@link #expectGoodbye} the broker gets a moment to close first.
 *
 * <p>Closing it closes the TCP connection and says no TLS goodbye: that could wait for a writer which waits for a stuck
 * network, and MQTT has its own.
 *
 * <p>Thread-safe.
 */
final class BrokerSocket extends Socket {
    private static final Logger LOG = Logger.getLogger(BrokerSocket.class.getName());

    /** Should the write never come, the receiver must not wait for ever. */
    private static final long PATIENCE_SECONDS = 30;

    /** How long the broker may take to close after it was told goodbye. */
    private static final long GOODBYE_MILLIS = 500;

    private final Socket tcp = new ReaderEnds();
    private final @Nullable Encryption encryption;
    private final long packetLimit;
    private final Consumer<Loss> failing;
    private final AtomicReference<@Nullable SSLSocket> encrypted = new AtomicReference<>();
    private final CountDownLatch written = new CountDownLatch(1);
    private final CountDownLatch readToTheEnd = new CountDownLatch(1);
    private final AtomicBoolean goodbye = new AtomicBoolean();

    /**
     * @param encryption null for a plain connection
     * @param packetLimit the largest packet to take
     * @param failing told what went wrong, where this knows it better than the exception says
     */
    BrokerSocket(@Nullable Encryption encryption, long packetLimit, Consumer<Loss> failing) {
        this.encryption = encryption;
        this.packetLimit = packetLimit;
        this.failing = failing;
    }

    @Override
    public void connect(SocketAddress address, int timeoutMillis) throws IOException {
        tcp.setTcpNoDelay(true);
        tcp.connect(address, timeoutMillis);
        if (encryption == null) {
            return;
        }
        try {
            tcp.setSoTimeout(timeoutMillis);
            encrypted.set(encryption.over(tcp));
        } catch (IOException e) {
            tcp.close();
            failing.accept(encryption.loss(e));
            throw e;
        } catch (LinkException e) {
            tcp.close();
            failing.accept(new Loss(LinkEvent.Kind.SETTINGS, String.valueOf(e.getMessage()), e.hint()));
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        SSLSocket tls = encrypted.get();
        InputStream in = tls == null ? tcp.getInputStream() : tls.getInputStream();
        return new PacketLimit(new LateRead(in), packetLimit, failing);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        SSLSocket tls = encrypted.get();
        try {
            return new FirstWrite(tls == null ? tcp.getOutputStream() : tls.getOutputStream());
        } catch (IOException e) {
            written.countDown(); // nobody will write: Paho gives up here
            throw e;
        }
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        tcp.setSoTimeout(millis);
    }

    /** From now on, the first closing waits a moment for the broker to close. */
    void expectGoodbye() {
        goodbye.set(true);
    }

    /**
     * Ends the connection for whoever reads or writes, from any thread. Paho hears of it by its next read or write, but by
     * no read before the first write.
     */
    void cut() throws IOException {
        awaitGoodbye();
        tcp.close();
    }

    @Override
    public void shutdownInput() throws IOException {
        awaitGoodbye();
        tcp.shutdownInput();
    }

    /** Called by Paho, which is past starting its threads by then. */
    @Override
    public void close() throws IOException {
        awaitGoodbye();
        written.countDown();
        tcp.close();
    }

    private void awaitGoodbye() {
        if (!goodbye.getAndSet(false)) {
            return;
        }
        try {
            boolean closed = readToTheEnd.await(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
            LOG.log(Level.FINE, "the broker closed first: {0}", closed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Notes what TLS says about its end: alerts of the broker come with the first read after the handshake. */
    private void note(SSLException failure) {
        if (encryption != null) {
            failing.accept(encryption.loss(failure));
        }
    }

    /** Gives out nothing before something was written. Owned by the receiving thread. */
    private final class LateRead extends FilterInputStream {
        LateRead(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            awaitFirstWrite();
            int count = -1;
            try {
                count = super.read(bytes, from, length);
                return count;
            } catch (SocketTimeoutException e) {
                count = 0;
                throw e;
            } catch (SSLException e) {
                note(e);
                throw e;
            } finally {
                if (count < 0) {
                    readToTheEnd.countDown();
                }
            }
        }

        @Override
        public int available() throws IOException {
            return written.getCount() == 0 ? super.available() : 0;
        }
    }

    private void awaitFirstWrite() throws IOException {
        try {
            if (!written.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("nothing was written within " + PATIENCE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted before the first write").initCause(e);
        }
    }

    /** Lets reading begin. Owned by the sending thread. */
    private final class FirstWrite extends FilterOutputStream {
        FirstWrite(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            try {
                out.write(bytes, from, length);
            } finally {
                written.countDown();
            }
        }
    }

    /**
     * The TCP connection, whose end is told to its reader only. A broker that refuses says so and closes, and what it said
     * can still be read when a write fails; a writer that gave up first would take the reason along.
     */
    private static final class ReaderEnds extends Socket {
        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    try {
                        out.write(bytes, from, length);
                    } catch (SocketException e) {
                        if (isClosed()) {
                            throw e; // by this side: nobody reads any more
                        }
                    }
                }
            };
        }
    }
}
