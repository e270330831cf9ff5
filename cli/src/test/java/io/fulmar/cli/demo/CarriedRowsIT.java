package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device without a network, whose rows somebody carries to the fleet and whose answers are carried back. */
class CarriedRowsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path dir;

    private final StringWriter said = new StringWriter();
    private int brokerPort;
    private int apiPort;
    private Path config;
    private ReceiptLedger ledger;
    private Fleet fleet;
    private FulmarProcess agent;

    @BeforeEach
    void open() throws IOException {
        brokerPort = unusedPort();
        apiPort = unusedPort();
        config = Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");
        ledger = new ReceiptLedger(dir.resolve("receipts"));
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")));
        agent = agent("mqtt://127.0.0.1:" + brokerPort);
    }

    @AfterEach
    void close() {
        agent.close();
        fleet.close();
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private FulmarProcess agent(String broker) {
        return new FulmarProcess(
                List.of(
                        "agent",
                        "--config",
                        config.toString(),
                        "--set",
                        "state.dir=" + dir.resolve("state"),
                        "--set",
                        "api.port=" + apiPort,
                        "--set",
                        "pipeline.0.source.rate=200",
                        "--set",
                        "mqtt.url=" + broker,
                        "--receipts",
                        dir.resolve("receipts").toString()),
                dir.resolve("output"));
    }

    private int fulmar(String... args) {
        said.getBuffer().setLength(0);
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(args);
    }

    private int outbox(String command, Path file) {
        return fulmar(
                "outbox",
                command,
                file.toString(),
                "--config",
                config.toString(),
                "--set",
                "state.dir=" + dir.resolve("state"),
                "--set",
                "api.port=" + apiPort);
    }

    private int imported(Path file, Path answer) {
        return fulmar(
                "fleet",
                "import",
                file.toString(),
                "--data",
                dir.resolve("fleet").toString(),
                "--answer",
                answer.toString());
    }

    private static void await(BooleanSupplier holds) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private int receipts() {
        try {
            return ledger.update().receipts().size();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Proof.Verdict verdict() throws IOException {
        ledger.update();
        try (FleetQueries queries = FleetQueries.open(dir.resolve("fleet"))) {
            StoppedOutbox outbox = StoppedOutbox.in(dir.resolve("state"));
            return Proof.of(Map.of("simulated-1", ledger), queries, (device, receipt) -> outbox.holds(receipt));
        }
    }

    @Test
    void everyRowArrivesOnceThoughItIsCarriedTwiceAndThenSentAsWell() throws Exception {
        Path first = dir.resolve("first.rows");
        Path answer = dir.resolve("answer.json");
        agent.start();
        await(() -> receipts() > 300);

        assertThat(outbox("export", first)).as(said.toString()).isEqualTo(ExitCode.OK);
        assertThat(imported(first, answer)).as(said.toString()).isEqualTo(ExitCode.OK);
        assertThat(said.toString()).containsPattern("simulated-1: ([0-9]+) of \\1 rows were new and are stored");
        assertThat(imported(first, answer)).isEqualTo(ExitCode.OK);
        assertThat(said.toString()).containsPattern("simulated-1: 0 of [0-9]+ rows were new");

        assertThat(outbox("acknowledge", answer)).as(said.toString()).isEqualTo(ExitCode.OK);
        assertThat(said.toString()).contains("\"acknowledged\"").doesNotContain("disbelieved");
        await(() -> receipts() > 600);
        agent.kill();

        Path second = dir.resolve("second.rows");
        assertThat(outbox("export", second)).as(said.toString()).isEqualTo(ExitCode.OK);
        assertThat(imported(second, answer)).as(said.toString()).isEqualTo(ExitCode.OK);

        agent = agent(fleet.brokerUrl().toString());
        int before = receipts();
        agent.start();
        await(() -> receipts() > before + 100);
        agent.terminate();
        assertThat(agent.await(PATIENCE)).isZero();

        Proof.Verdict verdict = verdict();
        assertThat(verdict.holds()).as(verdict.toString()).isTrue();
        assertThat(verdict.recorded()).isGreaterThan(700);
        assertThat(verdict.delivered() + verdict.buffered()).isEqualTo(verdict.recorded());
        assertThat(verdict.delivered()).isGreaterThan(600);
    }

    @Test
    void whatIsDamagedOrForAnotherDeviceIsRefusedAndNothingIsDeleted() throws Exception {
        Path file = dir.resolve("device.rows");
        Path answer = dir.resolve("answer.json");
        agent.start();
        await(() -> receipts() > 50);
        assertThat(outbox("export", file)).as(said.toString()).isEqualTo(ExitCode.OK);
        byte[] whole = Files.readAllBytes(file);

        Path broken = Files.write(dir.resolve("broken.rows"), Arrays.copyOf(whole, whole.length - 3));
        assertThat(imported(broken, answer)).isNotEqualTo(ExitCode.OK);
        assertThat(said.toString()).contains("it is not the whole file");
        byte[] altered = whole.clone();
        altered[whole.length - 40] ^= 1;
        assertThat(imported(Files.write(dir.resolve("altered.rows"), altered), answer))
                .isNotEqualTo(ExitCode.OK);
        assertThat(imported(Files.writeString(dir.resolve("no.rows"), "nothing of that kind"), answer))
                .isNotEqualTo(ExitCode.OK);
        assertThat(said.toString()).contains("no file of rows");
        assertThat(answer).doesNotExist();

        assertThat(imported(file, answer)).as(said.toString()).isEqualTo(ExitCode.OK);
        String text = Files.readString(answer);
        Files.writeString(answer, text.replace("simulated-1", "simulated-2"));
        assertThat(outbox("acknowledge", answer)).isNotEqualTo(ExitCode.OK);
        assertThat(said.toString()).contains("it is for simulated-2, and this is simulated-1");
        Files.writeString(answer, text);
        Path secret = dir.resolve("state/api-token");
        Path aside = Files.move(secret, dir.resolve("aside"));
        assertThat(outbox("acknowledge", answer)).isEqualTo(ExitCode.FAILED);
        assertThat(said.toString()).contains("the agent answered 401", secret.toString());
        assertThat(outbox("export", dir.resolve("refused.rows"))).isEqualTo(ExitCode.FAILED);
        assertThat(dir.resolve("refused.rows.part")).doesNotExist();
        Files.writeString(secret, "as nobody writes it");
        assertThat(outbox("acknowledge", answer)).isEqualTo(ExitCode.FAILED);
        assertThat(said.toString()).contains("api-token is not what an agent writes there");
        Files.move(aside, secret, StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(answer, text.replaceAll("\"hash\":\"[0-9a-f]{4}", "\"hash\":\"0000"));
        assertThat(outbox("acknowledge", answer)).isEqualTo(ExitCode.FAILED);
        assertThat(said.toString()).contains("disbelieved");

        agent.terminate();
        assertThat(agent.await(PATIENCE)).isZero();
        Proof.Verdict verdict = verdict();
        assertThat(verdict.holds()).as(verdict.toString()).isTrue();
    }
}
