package io.fulmar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.simulated.Condition;
import io.fulmar.agent.io.simulated.RotatingMachine;
import io.fulmar.agent.io.simulated.SimulatedBoard;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole device whose model decides another thing with each frame, while its store does not come back from a commit and its
 * broker is away: the pin follows all the same. {@code -Dfulmar.moves=1000} measures for longer. The long run does so while the
 * file system of its state directory is frozen, so that the store waits in the kernel; it needs root, and says so without.
 */
class ActingWhileStalledTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MOVES = Integer.getInteger("fulmar.moves", 100);
    private static final Pattern MICROS = Pattern.compile(", (\\d+) µs after it was decided");

    private final Path dir;
    private final CountDownLatch diskAnswers = new CountDownLatch(1);
    private final List<String> crashes = new CopyOnWriteArrayList<>();

    ActingWhileStalledTest(@TempDir Path dir) {
        this.dir = dir;
    }

    /** Never comes back to the store thread, once that has committed something, until it may. */
    private InstantSource stalling() {
        return () -> {
            if (Thread.currentThread().getName().equals("fulmar-store")) {
                await("the disk to answer", () -> diskAnswers.getCount() == 0);
            }
            return Instant.now();
        };
    }

    private Path config(Path state) throws IOException {
        RotatingMachine machine = new RotatingMachine(1);
        StringBuilder rows = new StringBuilder();
        float[] window = new float[256];
        for (Condition condition : List.of(Condition.NORMAL, Condition.IMBALANCE)) {
            machine.condition(condition);
            for (int i = 0; i < 100; i++) {
                machine.fill(window); // until it is what it is to be
            }
            for (int i = 0; i < window.length; i++) {
                rows.append(i == 0 ? "" : ",").append(window[i]);
            }
            rows.append('\n');
        }
        Files.writeString(dir.resolve("windows.csv"), rows);
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Path models = Examples.file("../../models/samples/bearing-condition")
                .normalize()
                .toAbsolutePath();
        return Files.writeString(dir.resolve("device.toml"), """
                [device]
                id = "valve-1"
                [state]
                dir = "%s"
                [mqtt]
                url = "mqtt://127.0.0.1:%d"
                [hardware]
                provider = "simulated"
                [[hardware.output]]
                name = "valve"
                pin = 27
                max_moves = 60000
                [[model]]
                name = "bearing-condition"
                file = "%s/bearing-condition.tflite"
                version = "1.0.0"
                labels = "%s/labels.txt"
                [[pipeline]]
                name = "vibration"
                model = "bearing-condition"
                [pipeline.source]
                type = "replay"
                path = "windows.csv"
                rate = 100
                loop = true
                [[pipeline.postprocess]]
                type = "label"
                [[pipeline.act]]
                type = "output"
                output = "valve"
                labels = ["imbalance"]
                """.formatted(state, port, models, models));
    }

    /** Keeps the store from storing. */
    private interface Stall {
        void begin() throws IOException;

        void end() throws IOException;
    }

    @Test
    void thePinFollowsTheDecisionWhileTheStoreIsHeldAndTheBrokerIsAway() throws IOException {
        followsTheDecision(dir.resolve("state"), Duration.ZERO, stalling(), new Stall() {
            @Override
            public void begin() {
                // it is held by its clock from its first commit on
            }

            @Override
            public void end() {
                diskAnswers.countDown();
            }
        });
    }

    @Test
    @Tag("long")
    void thePinFollowsTheDecisionWhileTheFileSystemIsFrozenForTenSeconds() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/dev/loop-control")), "only root can mount a file system: skipped");
        Path image = dir.resolve("disk");
        Path disk = Files.createDirectory(dir.resolve("mounted"));
        run("truncate", "-s", "300M", image.toString());
        run("mkfs.ext4", "-q", "-F", image.toString());
        run("mount", "-o", "loop", image.toString(), disk.toString());
        try {
            followsTheDecision(disk.resolve("state"), Duration.ofSeconds(10), Instant::now, new Stall() {
                private boolean frozen;

                @Override
                public void begin() throws IOException {
                    run("fsfreeze", "-f", disk.toString());
                    frozen = true;
                }

                @Override
                public void end() throws IOException {
                    if (frozen) {
                        frozen = false;
                        run("fsfreeze", "-u", disk.toString());
                    }
                }
            });
        } finally {
            run("umount", disk.toString());
        }
    }

    private static void run(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void followsTheDecision(Path state, Duration atLeast, InstantSource clock, Stall stall) throws IOException {
        ConfigSources sources = ConfigSources.of(config(state));
        AgentOptions options = AgentOptions.standard(PahoLink::new)
                .wallClock(clock)
                .crashHandler((worker, bug) -> crashes.add(worker + ": " + bug))
                .drain(Duration.ofMillis(1));
        SimulatedBoard board = SimulatedBoard.open(state, System::nanoTime);
        LoadResult.Loaded loaded = (LoadResult.Loaded) ConfigLoader.load(sources);
        Instant from;
        Instant to;
        try (EdgeAgent agent = EdgeAgent.open(sources, loaded.config(), options)) {
            agent.start();
            await("the first commit", () -> agent.snapshot().predictions() > 20);
            stall.begin();
            from = Instant.now();
            await(
                    "the pin to be high",
                    () -> board.pin(27).level() == Level.HIGH); // who looked at a commit before has said so
            long recorded = agent.snapshot().recorded();
            long end = System.nanoTime() + atLeast.toNanos();
            for (int move = 0; move < MOVES || System.nanoTime() < end; move++) {
                Level next = Level.of(move % 2 == 0);
                await("the pin to be " + next, () -> board.pin(27).level() == next);
            }
            to = Instant.now();
            assertThat(agent.snapshot().recorded())
                    .as("nothing was stored meanwhile")
                    .isEqualTo(recorded);
            assertThat(agent.snapshot().connected()).isFalse();
            stall.end();
        } finally {
            stall.end();
            Files.deleteIfExists(board.file());
        }

        List<Integer> micros = moves(state, from, to);
        assertThat(micros).as("each move is a row").hasSizeGreaterThanOrEqualTo(MOVES - 1);
        micros.sort(null);
        System.out.printf(
                Locale.ROOT,
                "from decision to pin, %d moves in %d ms while nothing was stored: p50 %d µs, p99 %d µs, most %d µs%n",
                micros.size(),
                Duration.between(from, to).toMillis(),
                micros.get(micros.size() / 2),
                micros.get(micros.size() * 99 / 100),
                micros.getLast());
        assertThat(crashes).isEmpty();
    }

    /** What the audit says of each move between these times. */
    private static List<Integer> moves(Path state, Instant from, Instant to) {
        List<Integer> micros = new ArrayList<>();
        OutboxConfig settings =
                new OutboxConfig(state, 256L << 20, 1 << 20, Duration.ofDays(30), WhenFull.EVICT_OLDEST);
        try (Outbox outbox = Outbox.open(settings, Instant::now)) {
            long next = 1;
            for (List<Row> rows = rows(outbox, next); !rows.isEmpty(); rows = rows(outbox, next)) {
                next += rows.size();
                for (Row row : rows) {
                    if (row instanceof Row.Data data
                            && Records.decode(data.record()) instanceof DeviceEvent event
                            && event.kind().equals("actuator.moved")
                            && event.at().wallMillis() >= from.toEpochMilli()
                            && event.at().wallMillis() <= to.toEpochMilli()) {
                        Matcher matcher = MICROS.matcher(event.detail());
                        assertThat(matcher.find()).as(event.detail()).isTrue();
                        assertThat(event.detail()).contains("pipeline vibration frame ");
                        micros.add(Integer.parseInt(matcher.group(1)));
                    }
                }
            }
        }
        return micros;
    }

    private static List<Row> rows(Outbox outbox, long from) {
        var batch = outbox.read(Stream.EVENT, from, 500, 1 << 20);
        return batch == null ? List.of() : batch.rows();
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(200_000);
        }
    }
}
