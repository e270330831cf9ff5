package io.fulmar.agent.io.gpio;

import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.Edge;
import io.fulmar.agent.io.bus.Level;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** An input whose changes Pi4J tells on a thread of its own, into a bounded queue. Thread-safe. */
final class Pi4jInput implements DigitalInput {
    private static final int EDGES = 256;

    private final com.pi4j.io.gpio.digital.DigitalInput input;
    private final ArrayBlockingQueue<Edge> edges = new ArrayBlockingQueue<>(EDGES);
    private final Runnable release;
    private final AtomicLong lost = new AtomicLong();

    Pi4jInput(com.pi4j.io.gpio.digital.DigitalInput input, Runnable release) {
        this.input = input;
        this.release = release;
        input.addListener(event -> {
            Edge edge = new Edge(Level.of(event.state().isHigh()), System.nanoTime());
            while (!edges.offer(edge)) {
                if (edges.poll() != null) {
                    lost.incrementAndGet();
                }
            }
        });
    }

    @Override
    public Level level() {
        return Level.of(input.isHigh());
    }

    @Override
    public @Nullable Edge edge() {
        return edges.poll();
    }

    @Override
    public long lost() {
        return lost.get();
    }

    @Override
    public void close() {
        release.run();
    }
}
