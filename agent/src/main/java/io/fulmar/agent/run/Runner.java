package io.fulmar.agent.run;

import io.fulmar.agent.os.Niceness;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the threads of the workers: one each, named, stopped in the order the composition root chooses.
 *
 * <p>A worker that throws has a bug; its thread ends and the crash handler decides (on a device: the process exits).
 * Thread-safe.
 */
public final class Runner {
    private static final Logger LOG = LoggerFactory.getLogger("agent");
    private final CrashHandler crashHandler;

    public Runner(CrashHandler crashHandler) {
        this.crashHandler = crashHandler;
    }

    /** Starts a thread that steps the worker until it is stopped. */
    public Running start(String name, Worker worker, Doorbell doorbell) {
        Running running = new Running(name, worker, doorbell);
        running.thread.start();
        return running;
    }

    /** A worker on its thread. */
    public final class Running {
        private final String name;
        private final Worker worker;
        private final Doorbell doorbell;
        private final Thread thread;
        private volatile boolean stopping;
        private volatile long turns;
        /** When the step of now began, on the clock of {@link System#nanoTime}; 0 while there is none. */
        private volatile long stepNanos;

        private volatile long longestNanos;

        private Running(String name, Worker worker, Doorbell doorbell) {
            this.name = name;
            this.worker = worker;
            this.doorbell = doorbell;
            this.thread =
                    Thread.ofPlatform().name("fulmar-" + name).daemon(true).unstarted(this::loop);
            doorbell.belongsTo(thread);
        }

        private void loop() {
            try {
                if (worker.niceness() != 0 && !Niceness.set(worker.niceness())) {
                    LOG.warn(
                            "{} runs with no more than normal priority: allow it a niceness of {} (systemd: LimitNICE={})",
                            name,
                            worker.niceness(),
                            worker.niceness());
                }
                for (long turn = 1; !stopping; turn++) {
                    long now = System.nanoTime();
                    stepNanos = now | 1;
                    int done = worker.work(now);
                    longestNanos = Math.max(longestNanos, System.nanoTime() - now);
                    turns = turn;
                    stepNanos = 0;
                    if (done == 0) {
                        sleep(worker.idleNanos(now));
                    }
                }
            } catch (Throwable bug) {
                crashHandler.crashed(name, bug);
            }
        }

        String name() {
            return name;
        }

        /** How often the thread has come round: a thread that is neither stuck nor stopped does so at least once a second. */
        long turns() {
            return turns;
        }

        /** For how long it has been at the step of now; zero while it sleeps. */
        Duration inStep(long nowNanos) {
            long since = stepNanos;
            return since == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, nowNanos - since));
        }

        /** How long the longest step that it has ended took. */
        Duration longestStep() {
            return Duration.ofNanos(longestNanos);
        }

        /** Has the worker look at once what there is to do. */
        void wake() {
            doorbell.ring();
        }

        private void sleep(long nanos) {
            if (nanos > 0 && !stopping) {
                LockSupport.parkNanos(worker, nanos);
            }
        }

        /**
         * Lets the current step end, then ends the thread; afterwards the caller owns the worker and may step it.
         *
         * @return false if the step did not end within the limit: the worker must not be touched then
         */
        public boolean stop(Duration limit) {
            stopping = true;
            doorbell.ring();
            try {
                return thread.join(limit);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
