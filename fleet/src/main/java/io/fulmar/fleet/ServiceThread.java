package io.fulmar.fleet;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that owns one part of the service: it steps it, rests when there is nothing to do, and closes it at the end. A
 * failure that the part does not handle is a defect and ends the thread. Thread-safe.
 */
final class ServiceThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceThread.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

    private final String name;
    private final LongToIntFunction work;
    private final AutoCloseable part;
    private final Duration rest;
    private final Consumer<Throwable> defect;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Thread thread;

    /**
     * Starts it.
     *
     * @param work does what there is to do at that time, by a monotonic clock in nanoseconds; 0 when there was nothing
     * @param part closed by the thread when it ends
     * @param rest how long to rest when there was nothing
     * @param defect told when the thread ends without having been asked to
     */
    ServiceThread(String name, LongToIntFunction work, AutoCloseable part, Duration rest, Consumer<Throwable> defect) {
        this.name = name;
        this.work = work;
        this.part = part;
        this.rest = rest;
        this.defect = defect;
        this.thread = Thread.ofPlatform().name("fleet-" + name).start(this::run);
    }

    private void run() {
        try (part) {
            while (!stopping.get()) {
                if (work.applyAsInt(System.nanoTime()) == 0) {
                    LockSupport.parkNanos(rest.toNanos());
                }
            }
        } catch (Exception | Error e) {
            LOG.error("the {} ended with a defect", name, e);
            defect.accept(e);
        }
    }

    @Override
    public void close() {
        stopping.set(true);
        LockSupport.unpark(thread);
        try {
            if (!thread.join(STOP_TIMEOUT)) {
                LOG.warn("the {} did not stop within {} s", name, STOP_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
