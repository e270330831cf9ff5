package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.mqtt.Mosquitto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent, the fleet and the broker, each a real process, killed again and again while the device records 200
 * predictions a second; then every receipt is looked for in the fleet's database.
 */
@Timeout(900)
class KillEverythingIT {
    private static final int PER_SECOND = 200;
    private static final Duration DRAIN_LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private enum Victim {
        AGENT,
        FLEET,
        BROKER
    }

    @Test
    void nothingIsLostOrDoubledWhenAgentFleetAndBrokerAreKilledAtRandom() throws Exception {
        run(8, 2, 1);
    }

    @Test
    @Tag("long")
    void nothingIsLostOrDoubledWhenTheyAreKilledManyTimes() throws Exception {
        run(50, 10, 5);
    }

    private void run(int agentKills, int fleetKills, int brokerKills) throws Exception {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed (Debian: apt-get install mosquitto)");
        long seed = Long.getLong("fulmar.seed", System.nanoTime());
        System.out.println("seed " + seed + "; repeat with -Dfulmar.seed=" + seed);
        var random = new Random(seed);
        List<Victim> victims = new ArrayList<>();
        victims.addAll(Collections.nCopies(agentKills, Victim.AGENT));
        victims.addAll(Collections.nCopies(fleetKills, Victim.FLEET));
        victims.addAll(Collections.nCopies(brokerKills, Victim.BROKER));
        Collections.shuffle(victims, random);

        Path data = folder.resolve("fleet");
        var ledger = new ReceiptLedger(folder.resolve("receipts"));
        try (var broker = Mosquitto.start(folder);
                var fleet = fleet(data, broker.port());
                var agent = agent(broker.port(), PER_SECOND);
                var last = agent(broker.port(), 1)) {
            fleet.start();
            agent.start();
            awaitReceipts(ledger, 1); // the first kill must hit something that runs
            for (Victim victim : victims) {
                pause(random, 2500);
                switch (victim) {
                    case AGENT -> {
                        assertThat(agent.isAlive())
                                .as("agent lives until it is killed")
                                .isTrue();
                        agent.kill();
                        pause(random, 300);
                        agent.start();
                    }
                    case FLEET -> {
                        assertThat(fleet.isAlive())
                                .as("fleet lives until it is killed")
                                .isTrue();
                        fleet.kill();
                        pause(random, 1000);
                        fleet.start();
                    }
                    case BROKER -> {
                        broker.kill();
                        pause(random, 1000);
                        broker.start();
                    }
                }
            }
            awaitReceipts(ledger, ledger.update().receipts().size() + PER_SECOND);
            agent.terminate();
            assertThat(agent.await(Duration.ofSeconds(30)))
                    .as("exit code of the stopped agent")
                    .isZero();

            // the same store again, almost silent, so that the backlog can drain
            int recorded = ledger.update().receipts().size();
            last.start();
            awaitReceipts(ledger, recorded + 1); // it listens to signals by now
            long deadline = System.nanoTime() + DRAIN_LIMIT.toNanos();
            while (ledger.update().unacknowledged() > 5 && System.nanoTime() < deadline) {
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            }
            last.terminate();
            assertThat(last.await(Duration.ofSeconds(30)))
                    .as("exit code of the almost silent agent")
                    .isZero();
        }

        try (var queries = FleetQueries.open(data)) {
            var outbox = StoppedOutbox.in(folder.resolve("state"));
            Proof.Verdict verdict =
                    Proof.of(Map.of("victim", ledger.update()), queries, (device, receipt) -> outbox.holds(receipt));
            System.out.println("recorded " + verdict.recorded() + ", delivered " + verdict.delivered() + ", buffered "
                    + verdict.buffered() + ", committed without a receipt " + verdict.withoutReceipt());
            assertThat(verdict.missing()).isEmpty();
            assertThat(verdict.lost()).isZero();
            assertThat(verdict.duplicated()).isZero();
            assertThat(verdict.altered()).isZero();
            assertThat(verdict.gaps()).isZero();
            assertThat(verdict.buffered()).as("drained").isLessThan(10);
            assertThat(verdict.delivered()).isGreaterThan(20L * victims.size());
        }
    }

    private FulmarProcess fleet(Path data, int brokerPort) {
        return new FulmarProcess(
                List.of(
                        "fleet",
                        "serve",
                        "--data",
                        data.toString(),
                        "--broker",
                        "mqtt://127.0.0.1:" + brokerPort,
                        "--http-port",
                        "0"),
                folder.resolve("fleet.log"));
    }

    private FulmarProcess agent(int brokerPort, int perSecond) {
        return new FulmarProcess(
                List.of(
                        "agent",
                        "--config",
                        Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml")
                                .toString(),
                        "--set",
                        "device.id=victim",
                        "--set",
                        "state.dir=" + folder.resolve("state"),
                        "--set",
                        "mqtt.url=mqtt://127.0.0.1:" + brokerPort,
                        "--set",
                        "mqtt.backoff_max=1s",
                        "--set",
                        "pipeline.0.source.rate=" + perSecond,
                        "--receipts",
                        folder.resolve("receipts").toString()),
                folder.resolve("agent.log"));
    }

    private void awaitReceipts(ReceiptLedger ledger, int count) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (ledger.update().receipts().size() < count) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no receipts within a minute; the agent printed:\n"
                        + Files.readString(folder.resolve("agent.log")));
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private static void pause(Random random, int upToMillis) {
        LockSupport.parkNanos(
                Duration.ofMillis(random.nextInt(upToMillis) + 50L).toNanos());
    }
}
