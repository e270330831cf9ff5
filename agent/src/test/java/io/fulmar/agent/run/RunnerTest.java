package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    @Test
    void theKernelKnowsHowNiceTheThreadOfAWorkerIs() throws InterruptedException {
        BlockingQueue<Integer> told = new LinkedBlockingQueue<>();
        Runner.Running nice = runner.start("nice", new Nice(told, 7), new Doorbell());
        Integer niceness = told.poll(30, TimeUnit.SECONDS);
        assertThat(nice.stop(LONG)).isTrue();

        Runner.Running normal = runner.start("normal", new Nice(told, 0), new Doorbell());
        Integer other = told.poll(30, TimeUnit.SECONDS);
        assertThat(normal.stop(LONG)).isTrue();

        assertThat(niceness).isEqualTo(7);
        assertThat(other).as("threads that are started later").isZero();
        assertThat(crashes).isEmpty();
    }

    /** Tells the niceness of its thread, the 19th number of proc(5)'s stat. */
    private record Nice(BlockingQueue<Integer> told, int niceness) implements Worker {
        @Override
        public int work(long nowNanos) {
            try {
                String stat = Files.readString(Path.of("/proc/thread-self/stat"));
                String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                told.add(Integer.parseInt(afterName[16]));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return 0;
        }

        @Override
        public long idleNanos(long nowNanos) {
            return Duration.ofHours(1).toNanos();
        }
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
