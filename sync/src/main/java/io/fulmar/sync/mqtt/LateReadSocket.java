package io.fulmar.sync.mqtt;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A socket that lets nobody read before somebody wrote.
 *
 * <p>Paho starts its receiver, then its sender, and waits in a loop until it sees the sender run. When the peer closes the
 * connection in between (a proxy before a dead broker does), the receiver stops the sender first, and the loop never ends:
 * one thread is lost for every attempt (30 of 30 measured). An MQTT server has nothing to say before CONNECT, so
 * holding the first read back until the first write loses nothing and closes the gap.
 *
 * <p>Thread-safe.
 */
final class LateReadSocket extends Socket {
    /** Should the write never come, the receiver must not wait for ever. */
    private static final long PATIENCE_SECONDS = 30;

    private final CountDownLatch written = new CountDownLatch(1);

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                awaitFirstWrite();
                return super.read();
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                awaitFirstWrite();
                return super.read(bytes, from, length);
            }

            @Override
            public int available() throws IOException {
                return written.getCount() == 0 ? super.available() : 0;
            }
        };
    }

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
                } finally {
                    written.countDown();
                }
            }
        };
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
}
