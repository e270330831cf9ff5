package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.GapRow;
import io.fulmar.sync.outbox.SetAside;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A device whose store was damaged while it was not connected: it serves again at once, and what lies on whole pages still arrives,
 * once, although it is killed in the middle of that (P17).
 */
class SalvageIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SEED = Long.getLong("fulmar.seed", 20261122L);
    private static final int PAGE = 4096;
    private static final Path CONFIG =
            Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");

    @TempDir
    private Path dir;

    private final StringWriter said = new StringWriter();
    private int apiPort;
    private ReceiptLedger ledger;
    private Fleet fleet;
    private FulmarProcess agent;

    @BeforeEach
    void open() throws IOException {
        ledger = new ReceiptLedger(dir.resolve("receipts"));
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")));
        agent = agent(nowhere(), 1000);
    }

    @AfterEach
    void close() {
        agent.close();
        fleet.close();
    }

    private FulmarProcess agent(String broker, int rate) {
        return new FulmarProcess(
                List.of(
                        "agent",
                        "--config",
                        CONFIG.toString(),
                        "--set",
                        "state.dir=" + state(),
                        "--set",
                        apiPort == 0 ? "api.enabled=false" : "api.port=" + apiPort,
                        "--set",
                        "pipeline.0.source.rate=" + rate,
                        "--set",
                        "outbox.batch_rows=50",
                        "--set",
                        "mqtt.url=" + broker,
                        "--receipts",
                        dir.resolve("receipts").toString()),
                dir.resolve("output"));
    }

    private Path state() {
        return dir.resolve("state");
    }

    private static String nowhere() throws IOException {
        return "mqtt://127.0.0.1:" + unusedPort();
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void await(BooleanSupplier holds) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private int receipts() {
        try {
            return ledger.update().receipts().size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How far it was read back, as the file beside it says; nothing while there is none. */
    private List<SetAside> aside() {
        try {
            return SetAside.in(state());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long readBack(SetAside aside) {
        return Arrays.stream(io.fulmar.sync.wire.Stream.values())
                .mapToLong(stream -> aside.salvaged(stream).readBack())
                .sum();
    }

    /** Destroys the page of the schema and each fiftieth of the others. */
    private void damage(Random random) throws IOException {
        Path file = state().resolve("outbox.db");
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at += PAGE) {
            if (at == 0 || random.nextInt(50) == 0) {
                byte[] noise = new byte[PAGE];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, bytes, at, PAGE);
            }
        }
        Files.write(file, bytes);
    }

    @Test
    void whatIsReadableOfADamagedStoreArrivesOnceAndTheRestIsDeclared() throws Exception {
        Random random = new Random(SEED);
        agent.start();
        await(() -> receipts() > 6_000);
        agent.terminate();
        assertThat(agent.await(PATIENCE)).isZero();
        agent.close();
        int before = receipts();
        damage(random);

        agent = agent(fleet.brokerUrl().toString(), 50);
        agent.start();
        await(() -> receipts() > before + 20);
        for (int kills = 0; kills < 3; kills++) {
            long soFar = aside().isEmpty() ? 0 : readBack(aside().getFirst());
            await(() -> !aside().isEmpty()
                    && (readBack(aside().getFirst()) > soFar
                            || aside().getFirst().isDone()));
            agent.kill();
            agent.close();
            agent = agent(fleet.brokerUrl().toString(), 50);
            agent.start();
        }
        await(() -> aside().size() == 1 && aside().getFirst().isDone());
        int after = receipts();
        await(() -> receipts() > after + 100);
        await(() -> ledger.unacknowledged() < 100);
        agent.terminate();
        assertThat(agent.await(PATIENCE)).isZero();

        ledger.update();
        try (FleetQueries queries = FleetQueries.open(dir.resolve("fleet"))) {
            StoppedOutbox outbox = StoppedOutbox.in(state());
            Proof.Verdict verdict =
                    Proof.of(Map.of("simulated-1", ledger), queries, (device, receipt) -> outbox.holds(receipt));
            System.out.println(verdict + " " + aside());
            assertThat(verdict.holds()).as(verdict.toString()).isTrue();
            List<GapRow> gaps = queries.gaps();
            assertThat(gaps).isNotEmpty().allMatch(gap -> gap.reason().equals("damaged"));
            long lost =
                    gaps.stream().mapToLong(gap -> gap.last() - gap.first() + 1).sum();
            assertThat(verdict.gaps()).isEqualTo(lost).isLessThan(before / 10);
            assertThat(verdict.delivered() + verdict.gaps() + verdict.buffered())
                    .isEqualTo(verdict.recorded());
        }
    }

    @Test
    void whatIsReadableIsCarriedWithTheOtherRowsWhereThereIsNoNetwork() throws Exception {
        agent.start();
        await(() -> receipts() > 1_000);
        agent.terminate();
        assertThat(agent.await(PATIENCE)).isZero();
        agent.close();
        damage(new Random(SEED));
        int before = receipts();
        apiPort = unusedPort();
        agent = agent(nowhere(), 50);
        agent.start();
        await(() -> receipts() > before + 20);

        Path rows = dir.resolve("device.rows");
        Path answer = dir.resolve("answer.json");
        fulmar(device("outbox", "export", rows));
        fulmar(
                "fleet",
                "import",
                rows.toString(),
                "--data",
                dir.resolve("fleet").toString(),
                "--answer",
                answer.toString());
        fulmar(device("outbox", "acknowledge", answer));
        assertThat(said.toString()).contains("\"acknowledged\"").contains("set aside");
        await(() -> aside().size() == 1 && aside().getFirst().isDone());
        Path second = dir.resolve("second.rows");
        fulmar(device("outbox", "export", second));
        fulmar(
                "fleet",
                "import",
                second.toString(),
                "--data",
                dir.resolve("fleet").toString());
        agent.terminate();
        assertThat(agent.await(PATIENCE)).isZero();

        ledger.update();
        try (FleetQueries queries = FleetQueries.open(dir.resolve("fleet"))) {
            StoppedOutbox outbox = StoppedOutbox.in(state());
            Proof.Verdict verdict =
                    Proof.of(Map.of("simulated-1", ledger), queries, (device, receipt) -> outbox.holds(receipt));
            assertThat(verdict.holds()).as(verdict.toString()).isTrue();
            assertThat(verdict.gaps()).isLessThan(before / 5);
            assertThat(readBack(aside().getFirst())).isGreaterThan(before * 4 / 5);
        }
    }

    private String[] device(String command, String what, Path file) {
        return new String[] {
            command,
            what,
            file.toString(),
            "--config",
            CONFIG.toString(),
            "--set",
            "state.dir=" + state(),
            "--set",
            "api.port=" + apiPort
        };
    }

    private void fulmar(String... args) {
        int code = FulmarCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(args);
        assertThat(code).as(said.toString()).isEqualTo(ExitCode.OK);
    }
}
