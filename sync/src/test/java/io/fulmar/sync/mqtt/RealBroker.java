package io.fulmar.sync.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker that listens on a port, reached by {@link PahoLink} through a {@link FaultyProxy}. Owned by its test. */
public final class RealBroker implements TestBroker {
    private final FaultyProxy proxy;
    private final @Nullable Tls tls;
    private final Runnable stop;

    private RealBroker(FaultyProxy proxy, @Nullable Tls tls, Runnable stop) {
        this.proxy = proxy;
        this.tls = tls;
        this.stop = stop;
    }

    /**
     * Puts a proxy before a running broker.
     *
     * @param stop ends the broker, when the test closes this
     */
    public static RealBroker before(URI broker, Runnable stop) {
        return new RealBroker(new FaultyProxy(broker.getHost(), broker.getPort()), null, stop);
    }

    /** The same for a broker that is reached by TLS, which the proxy cannot look into. */
    public static RealBroker before(URI broker, Tls tls, Runnable stop) {
        return new RealBroker(new FaultyProxy(broker.getHost(), broker.getPort()), tls, stop);
    }

    public FaultyProxy proxy() {
        return proxy;
    }

    @Override
    public URI url() {
        return URI.create((tls == null ? "mqtt" : "mqtts") + "://127.0.0.1:" + proxy.port());
    }

    @Override
    public @Nullable Tls tls() {
        return tls;
    }

    @Override
    public Link open(LinkConfig config, Consumer<LinkEvent> listener) {
        return new PahoLink(config, new Random(1), listener);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void advance() {
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }

    @Override
    public void cut() {
        proxy.cut();
    }

    @Override
    public void hold(boolean on) {
        proxy.mode(on ? FaultyProxy.Mode.HOLD : FaultyProxy.Mode.PASS);
    }

    @Override
    public void refuse(boolean on) {
        proxy.mode(on ? FaultyProxy.Mode.REFUSE : FaultyProxy.Mode.PASS);
    }

    @Override
    public void close() {
        try {
            proxy.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            stop.run();
        }
    }
}
