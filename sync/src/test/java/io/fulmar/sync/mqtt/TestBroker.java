package io.fulmar.sync.mqtt;

import java.net.URI;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker under a {@link LinkContract}, with the faults that the contract needs and the clock that its links run on. */
public interface TestBroker extends AutoCloseable {
    /** Where links connect to. */
    URI url();

    /** How links encrypt; null where they do not. */
    default @Nullable Tls tls() {
        return null;
    }

    /** Makes a link of the kind under test. */
    Link open(LinkConfig config, Consumer<LinkEvent> listener);

    /** The clock for {@link Link#work}. */
    long nanoTime();

    /** Lets a little time pass. */
    void advance();

    /** Ends all connections without a word, as the network does. */
    void cut();

    /** While on, nothing passes in either direction, but connections stay. */
    void hold(boolean on);

    /** While on, no new connection comes up. */
    void refuse(boolean on);

    @Override
    void close();
}
