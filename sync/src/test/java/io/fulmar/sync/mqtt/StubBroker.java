package io.fulmar.sync.mqtt;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/**
 * A broker that gives one prepared answer to CONNECT and one to SUBSCRIBE, for what real brokers say too seldom.
 *
 * <p>Runs on virtual threads that end with {@link #close}. Thread-safe.
 */
final class StubBroker implements AutoCloseable {
    private final ServerSocket server;
    private final byte[] connack;
    private final byte[] suback;

    StubBroker(byte[] connack, byte[] suback) {
        this.connack = connack;
        this.suback = suback;
        try {
            this.server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::acceptAll);
    }

    URI url() {
        return URI.create("mqtt://127.0.0.1:" + server.getLocalPort());
    }

    private void acceptAll() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> answer(client));
            } catch (IOException e) {
                // closed by the test
            }
        }
    }

    private void answer(Socket client) {
        try (client) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            while (true) {
                int type = in.readUnsignedByte() >> 4;
                in.skipNBytes(remainingLength(in));
                if (type == 1) {
                    out.write(connack);
                } else if (type == 8) {
                    out.write(suback);
                }
                out.flush();
            }
        } catch (IOException e) {
            // the client has left
        }
    }

    private static int remainingLength(DataInputStream in) throws IOException {
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int b = in.readUnsignedByte();
            length |= (b & 0x7F) << shift;
            if (b < 0x80) {
                return length;
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
