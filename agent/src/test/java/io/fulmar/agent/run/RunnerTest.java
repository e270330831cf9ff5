package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RunnerTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private final LinkedBlockingQueue<String> crashes = new LinkedBlockingQueue<>();
    private final Runner runner = new Runner((worker, bug) -> crashes.add(worker + ": " + bug.getMessage()));

    @Test
    void aWorkerThatThrowsIsReportedAsACrashOnce() throws InterruptedException {
        runner.start(
                "bad",
                new Stepping(() -> {
                    throw new IllegalStateException("a bug");
                }),
                new Doorbell());

        assertThat(crashes.poll(30, TimeUnit.SECONDS)).isEqualTo("bad: a bug");
    }

    @Test
    void aStoppedWorkerIsNotSteppedAnyMore() throws InterruptedException {
        BlockingQueue<Thread> stepping = new LinkedBlockingQueue<>();
        Runner.Running running =
                runner.start("ok", new Stepping(() -> stepping.add(Thread.currentThread())), new Doorbell());
        Thread thread = stepping.poll(30, TimeUnit.SECONDS);

        assertThat(running.stop(LONG)).isTrue();
        assertThat(thread).isNotNull();
        assertThat(thread.isAlive()).isFalse();
        assertThat(crashes).isEmpty();
    }

    @Test
    void theDoorbellWakesASleepingWorker() throws InterruptedException {
        CountDownLatch rung = new CountDownLatch(3);
        Doorbell doorbell = new Doorbell();
        Runner.Running running = runner.start("sleeper", new Stepping(rung::countDown), doorbell);
        while (rung.getCount() > 0) {
            doorbell.ring();
            rung.await(1, TimeUnit.MILLISECONDS);
        }

        assertThat(running.stop(LONG)).isTrue();
    }

    @Test
    void anIdleWorkerSleepsInsteadOfSpinning() {
        AtomicInteger steps = new AtomicInteger();
        Runner.Running running = runner.start("idle", new Stepping(steps::incrementAndGet), new Doorbell());
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        running.stop(LONG);

        assertThat(steps.get()).isLessThan(20);
    }

    /** Does something in each step and has nothing else to do. */
    private record Stepping(Runnable step) implements Worker {
        @Override
        public int work(long nowNanos) {
            step.run();
            return 0;
        }

        @Override
        public long idleNanos(long nowNanos) {
            return Duration.ofHours(1).toNanos();
        }
    }
}
