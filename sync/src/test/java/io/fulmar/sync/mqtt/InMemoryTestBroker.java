package io.fulmar.sync.mqtt;

import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;

/** An {@link InMemoryBroker} with a clock that moves only when it is told to. Owned by its test. */
public final class InMemoryTestBroker implements TestBroker {
    private static final long STEP_NANOS = Duration.ofMillis(1).toNanos();

    private final InMemoryBroker broker;
    private long now;

    public InMemoryTestBroker(Faults faults) {
        this.broker = new InMemoryBroker(faults);
    }

    public InMemoryBroker broker() {
        return broker;
    }

    @Override
    public URI url() {
        return InMemoryBroker.URL;
    }

    @Override
    public Link open(LinkConfig config, Consumer<LinkEvent> listener) {
        return new InMemoryLink(broker, config, new Random(1), listener);
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void advance() {
        now += STEP_NANOS;
        broker.work(now);
    }

    @Override
    public void cut() {
        broker.cut();
    }

    @Override
    public void hold(boolean on) {
        broker.hold(on);
    }

    @Override
    public void refuse(boolean on) {
        broker.mood(on ? InMemoryBroker.Mood.REFUSING : InMemoryBroker.Mood.ANSWERING);
    }

    @Override
    public void close() {
        // nothing runs
    }
}
