package io.fulmar.fleet;

import io.fulmar.fleet.ingest.Ingest;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns the ingest: it steps it, rests when there is nothing to do, and closes it at the end. A failure that
 * the ingest does not handle is a defect and ends the thread. Thread-safe.
 */
final class IngestThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IngestThread.class);
    private static final Duration REST = Duration.ofMillis(2);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

    private final Ingest ingest;
    private final Thread thread;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();

    IngestThread(Ingest ingest) {
        this.ingest = ingest;
        this.thread = Thread.ofPlatform().name("fleet-ingest").start(this::run);
    }

    private void run() {
        try (ingest) {
            while (!stopping.get()) {
                if (ingest.work(System.nanoTime()) == 0) {
                    LockSupport.parkNanos(REST.toNanos());
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.error("the ingest ended with a defect", e);
            defect.set(e);
        } finally {
            ended.countDown();
        }
    }

    /** Waits until the thread has ended. Returns the defect that ended it; null when it was asked to. */
    @Nullable
    Throwable await() throws InterruptedException {
        ended.await();
        return defect.get();
    }

    /** Asks the thread to end, without waiting for it. */
    void requestStop() {
        stopping.set(true);
        LockSupport.unpark(thread);
    }

    @Override
    public void close() {
        requestStop();
        try {
            if (!thread.join(STOP_TIMEOUT)) {
                LOG.warn("the ingest did not stop within {} s", STOP_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
