package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.os.DatagramReceiver;
import io.fulmar.agent.os.ServiceManager;
import io.fulmar.sync.wire.ModelRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real threads, a real socket of the kind that systemd has; only the time that the watchdog is told is made up. */
class WatchdogTest {
    private static final Duration WATCHDOG = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final Runner runner = new Runner((worker, bug) -> {});
    private final List<Runner.Running> threads = new ArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<String> history = new ArrayList<>();
    private List<Stuck> stuck = List.of();
    private boolean onTrial;
    private DatagramReceiver systemd;
    private Watchdog watchdog;
    private long now;

    @BeforeEach
    void listen() {
        String address = folder.resolve("notify").toString();
        systemd = DatagramReceiver.at(address);
        watchdog = watchdog(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", micros(WATCHDOG)));
    }

    @AfterEach
    void stop() {
        release.countDown();
        threads.forEach(thread -> assertThat(thread.stop(PATIENCE)).isTrue());
        systemd.close();
    }

    private Watchdog watchdog(Map<String, String> environment) {
        return new Watchdog(
                ServiceManager.of(environment),
                () -> threads,
                () -> stuck,
                model -> onTrial,
                history::add,
                () -> "7 predictions");
    }

    private static String micros(Duration time) {
        return Long.toString(time.toNanos() / 1000);
    }

    @Test
    void theServiceIsReadyOnceEveryThreadHasTurned() {
        threads.add(turning("store"));
        Runner.Running late = blocked("control");
        watchdog.work(now);
        assertThat(systemd.received()).isEmpty();

        threads.remove(late);
        turn();
        watchdog.work(now);
        assertThat(systemd.received()).containsExactly("READY=1\nSTATUS=7 predictions");
        threads.add(late);
    }

    @Test
    void itLivesWhileEveryThreadTurnsAndNoLonger() {
        threads.add(turning("store"));
        threads.add(turning("pipeline-vibration"));
        ready();
        for (int i = 0; i < 10; i++) {
            elapse(WATCHDOG.dividedBy(4));
            assertThat(systemd.received()).containsExactly("WATCHDOG=1\nSTATUS=7 predictions");
        }

        Runner.Running stuck = blocked("control"); // as a thread that was seen, and does not come back
        watchdog.work(now);
        elapse(WATCHDOG.dividedBy(4));
        assertThat(systemd.received()).containsExactly("WATCHDOG=1\nSTATUS=7 predictions");
        for (int i = 0; i < 4; i++) {
            elapse(WATCHDOG.dividedBy(4));
            assertThat(systemd.received()).containsExactly("STATUS=stuck: control");
        }

        release.countDown();
        await(() -> stuck.turns() > 1);
        elapse(WATCHDOG.dividedBy(4));
        assertThat(systemd.received()).containsExactly("WATCHDOG=1\nSTATUS=7 predictions");
    }

    @Test
    void aPipelineThatIsGoneIsNotWaitedFor() {
        threads.add(turning("store"));
        Runner.Running gone = turning("pipeline-vibration");
        threads.add(gone);
        ready();
        assertThat(gone.stop(PATIENCE)).isTrue();
        threads.remove(gone);
        for (int i = 0; i < 4; i++) {
            elapse(WATCHDOG.dividedBy(4));
            assertThat(systemd.received()).containsExactly("WATCHDOG=1\nSTATUS=7 predictions");
        }
    }

    @Test
    void withoutAWatchdogItTellsHowItGoes() {
        String address = "@fulmar-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        try (DatagramReceiver abstractly = DatagramReceiver.at(address)) {
            watchdog = watchdog(Map.of("NOTIFY_SOCKET", address));
            threads.add(turning("store"));
            turn();
            watchdog.work(now);
            elapse(Duration.ofMinutes(1));
            assertThat(abstractly.received()).containsExactly("READY=1\nSTATUS=7 predictions", "STATUS=7 predictions");
        }
    }

    private static Stuck stuck(Duration since) {
        ModelRef model = new ModelRef("m", "1.0.0", "0".repeat(64));
        return Objects.requireNonNull(Stuck.of("vibration", model, true, since, Duration.ofMillis(3), true));
    }

    @Test
    void aPipelineThatIsStuckForTooLongEndsTheProcess() {
        watchdog = watchdog(Map.of("FULMAR_SUPERVISED", "1"));
        for (int second = 6; second <= 15; second++) {
            stuck = List.of(stuck(Duration.ofSeconds(second)));
            elapse(Duration.ofSeconds(1));
        }
        assertThat(history).isEmpty();

        stuck = List.of(stuck(Duration.ofSeconds(16)));
        String said = "pipeline vibration: it has been stuck in model m 1.0.0 for more than 15 s";
        assertThatThrownBy(() -> elapse(Duration.ofSeconds(1)))
                .isInstanceOf(StuckException.class)
                .hasMessage(said);
        assertThat(history).containsExactly(said);
    }

    @Test
    void aModelOnTrialIsLeftToWhoWatchesItForTwoMinutes() {
        watchdog = watchdog(Map.of("FULMAR_SUPERVISED", "1"));
        onTrial = true;
        stuck = List.of(stuck(Duration.ofSeconds(119)));
        elapse(Duration.ofSeconds(10));
        elapse(Duration.ofSeconds(10));
        assertThat(history).isEmpty();

        stuck = List.of(stuck(Duration.ofSeconds(121)));
        assertThatThrownBy(() -> elapse(Duration.ofSeconds(1))).isInstanceOf(StuckException.class);
    }

    @Test
    void anHourInWhichTheProcessWasStoppedIsNotHeldAgainstIt() {
        watchdog = watchdog(Map.of("FULMAR_SUPERVISED", "1"));
        stuck = List.of(stuck(Duration.ofHours(1)));
        elapse(Duration.ofHours(1));
        elapse(Duration.ofSeconds(4));
        assertThat(history).isEmpty();
    }

    @Test
    void whereNobodyStartsItAgainTheProcessGoesOnWithThePipelinesThatAreLeft() {
        for (String nobody : List.of("0", "yes", "")) {
            watchdog = watchdog(Map.of("FULMAR_SUPERVISED", nobody));
            stuck = List.of(stuck(Duration.ofHours(1)));
            for (int i = 0; i < 10; i++) {
                elapse(Duration.ofMinutes(1));
            }
        }
        assertThat(history).isEmpty();
    }

    @Test
    void aWatchdogThatIsMeantForAnotherProcessIsNotFed() {
        assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "1000", "WATCHDOG_PID", "1"))
                        .watchdog())
                .isZero();
    }

    @Test
    void aSocketThatIsGoneOrNoneIsBorne() {
        ServiceManager gone = ServiceManager.of(
                Map.of("NOTIFY_SOCKET", folder.resolve("nobody").toString()));
        assertThat(gone.stopping()).isFalse();
        assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1234")).listens())
                .isFalse();
        assertThat(ServiceManager.of(Map.of()).stopping()).isTrue();
    }

    private void ready() {
        turn();
        watchdog.work(now);
        assertThat(systemd.received()).hasSize(1);
        watchdog.work(now);
        systemd.received();
    }

    /** Lets every thread that can turn do so, then tells the watchdog that so much time has gone by. */
    private void elapse(Duration time) {
        turn();
        now += time.toNanos();
        watchdog.work(now);
    }

    private void turn() {
        for (Runner.Running thread : threads) {
            long before = thread.turns();
            thread.wake();
            if (!thread.name().equals("control") || release.getCount() == 0) {
                await(() -> thread.turns() > before);
            }
        }
    }

    private Runner.Running turning(String name) {
        return runner.start(name, new Stepping(() -> {}), new Doorbell());
    }

    private Runner.Running blocked(String name) {
        Runner.Running running = runner.start(
                name,
                new Stepping(() -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }),
                new Doorbell());
        threads.add(running);
        return running;
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(until);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Does one thing in each step. */
    private record Stepping(Runnable step) implements Worker {
        @Override
        public int work(long nowNanos) {
            step.run();
            return 0;
        }

        @Override
        public long idleNanos(long nowNanos) {
            return 1_000_000;
        }
    }
}
