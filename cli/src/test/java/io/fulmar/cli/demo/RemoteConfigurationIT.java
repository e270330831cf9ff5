package io.fulmar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.AgentOptions;
import io.fulmar.agent.EdgeAgent;
import io.fulmar.agent.health.Counter;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Prediction;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device whose configuration is changed by retained messages, over a real broker and with a real fleet. */
@Timeout(300)
class RemoteConfigurationIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String DEVICE = "d1";
    private static final String PREDICTIONS_OF_A =
            "[[pipeline]]\nname = \"a\"\n[pipeline.record]\npolicy = \"changes\"\n";

    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final List<String> crashes = new CopyOnWriteArrayList<>();
    private final Path dir;
    private final Fleet fleet;
    private final Operator operator;

    RemoteConfigurationIT(@TempDir Path dir) {
        this.dir = dir;
        this.fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")));
        this.operator = new Operator();
    }

    @AfterEach
    void closed() {
        operator.close();
        fleet.close();
        assertThat(crashes).isEmpty();
    }

    @BeforeEach
    void configured() throws IOException {
        Path samples = Path.of(System.getProperty("fulmar.root")).resolve("models/samples/bearing-condition");
        Files.writeString(
                dir.resolve("device.toml"),
                """
                [device]
                id = "%s"
                [state]
                dir = "state"
                [mqtt]
                url = "mqtt://127.0.0.1:%d"
                backoff_max = "1s"
                trial = "10s"
                [outbox.commit_interval]
                data = "50ms"
                [[model]]
                name = "bearing"
                file = "%s/bearing-condition.tflite"
                version = "1.0.0"
                labels = "%s/labels.txt"
                """.formatted(DEVICE, fleet.mqttPort(), samples, samples) + pipeline("a", 1) + pipeline("b", 2));
    }

    private static String pipeline(String name, int seed) {
        return """
                [[pipeline]]
                name = "%s"
                model = "bearing"
                [pipeline.source]
                type = "simulated"
                rate = 50
                seed = %d
                window = 256
                [[pipeline.postprocess]]
                type = "label"
                [pipeline.record]
                policy = "all"
                """.formatted(name, seed);
    }

    @Test
    void aHundredIdenticalDesiredStatesRestartAndRebuildNothing() {
        try (EdgeAgent agent = open()) {
            agent.start();
            operator.want(1, PREDICTIONS_OF_A);
            await("the first one runs", () -> count(agent, Counter.CONFIG_APPLIED) == 1);
            Map<Long, String> threads = threads();
            long connects = count(agent, Counter.CONNECTS);

            for (int i = 1; i <= 100; i++) {
                int seen = i;
                operator.want(1, PREDICTIONS_OF_A);
                await("number " + i, () -> count(agent, Counter.CONFIG_UNCHANGED) >= seen);
            }

            assertThat(count(agent, Counter.CONFIG_APPLIED)).isEqualTo(1);
            assertThat(count(agent, Counter.PIPELINES_REBUILT)).isEqualTo(1);
            assertThat(count(agent, Counter.LINKS_EXCHANGED)).isZero();
            assertThat(count(agent, Counter.CONNECTS)).isEqualTo(connects);
            assertThat(threads()).isEqualTo(threads);
        }
    }

    @Test
    void aChangedPipelineTakesAFrameFromNoOtherAndLeavesTheLinkAlone() {
        try (EdgeAgent agent = open()) {
            agent.start();
            await("rows of both", () -> agent.snapshot().acknowledged() > 50);

            for (int version = 1; version <= 5; version++) {
                int applied = version;
                operator.want(
                        version, "[[pipeline]]\nname = \"a\"\n[pipeline.source]\nrate = " + (50 + version) + "\n");
                await("version " + version, () -> count(agent, Counter.CONFIG_APPLIED) == applied);
            }
            long recorded = agent.snapshot().recorded();
            await("rows after it", () -> agent.snapshot().acknowledged() > recorded + 50);

            assertThat(count(agent, Counter.PIPELINES_REBUILT)).isEqualTo(5);
            assertThat(count(agent, Counter.CONNECTS)).isEqualTo(1);
        }
        SortedSet<Long> frames = framesOf("b");
        assertThat(frames.size()).isGreaterThan(50);
        assertThat(frames.last() - frames.first() + 1).isEqualTo(frames.size());
    }

    @Test
    void aWrongBrokerAddressBringsTheOldSettingsBackAndLosesNothing() throws IOException {
        String wrong = "[mqtt]\nurl = \"mqtt://127.0.0.1:" + closedPort() + "\"\n";
        try (EdgeAgent agent = open()) {
            agent.start();
            await("rows", () -> agent.snapshot().acknowledged() > 20);
            operator.want(1, wrong);
            await("the trial", () -> count(agent, Counter.LINKS_EXCHANGED) == 1);
            long start = System.nanoTime();
            await("the old settings", () -> operator.state() == Reported.State.REVERTED);

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(9));
            assertThat(operator.said().config().reason()).contains("no welcome within 10 s");
            assertThat(operator.said().desiredVersion()).isEqualTo(1);
            assertThat(operator.said().config().generation()).isZero();
            long recorded = agent.snapshot().recorded();
            await("what was recorded meanwhile", () -> agent.snapshot().acknowledged() >= recorded);

            operator.want(1, wrong);
            await("it is not tried again", () -> count(agent, Counter.CONFIG_UNCHANGED) > 0);
            operator.want(2, "[mqtt]\nkeep_alive = \"20s\"\n");
            await("a better one is", () -> count(agent, Counter.CONFIG_APPLIED) == 1);
            await("and said to be", () -> operator.state() == Reported.State.ACTIVE);
            assertThat(count(agent, Counter.CONNECTS)).isEqualTo(3);
            assertThat(agent.config().mqtt().keepAlive()).isEqualTo(Duration.ofSeconds(20));
        }
        SortedSet<Long> frames = framesOf("b");
        assertThat(frames.last() - frames.first() + 1).isEqualTo(frames.size());
    }

    @Test
    void aDeviceThatIsKilledDuringATrialStartsWithTheOldSettings() throws Exception {
        Path kept = dir.resolve("state/config/kept");
        try (FulmarProcess agent = new FulmarProcess(
                List.of("agent", "--config", dir.resolve("device.toml").toString()), dir.resolve("agent.log"))) {
            agent.start();
            await("the device", () -> operator.state() == Reported.State.ACTIVE);
            operator.want(1, PREDICTIONS_OF_A);
            await("the good one", () -> operator.said().config().generation() == 1);
            operator.want(2, PREDICTIONS_OF_A + "[mqtt]\nurl = \"mqtt://127.0.0.1:" + closedPort() + "\"\n");
            await("the trial", () -> text(kept).contains("\nattempt 2 2 "));
            agent.kill();
            agent.start();
            await("the old settings", () -> operator.state() == Reported.State.REVERTED);

            assertThat(operator.said().config().generation()).isEqualTo(1);
            assertThat(operator.said().config().reason()).contains("the agent ended");
            assertThat(text(kept)).doesNotContain("attempt");
            agent.terminate();
            assertThat(agent.await(Duration.ofSeconds(30))).isZero();
        }
    }

    private EdgeAgent open() {
        ConfigSources sources = ConfigSources.of(dir.resolve("device.toml"));
        AgentOptions options =
                AgentOptions.standard(PahoLink::new).crashHandler((worker, bug) -> crashes.add(worker + ": " + bug));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded -> EdgeAgent.open(sources, loaded.config(), options);
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private static long count(EdgeAgent agent, Counter counter) {
        return agent.counters().get(counter);
    }

    private SortedSet<Long> framesOf(String pipeline) {
        SortedSet<Long> frames = new TreeSet<>();
        try (FleetQueries queries = FleetQueries.open(dir.resolve("fleet"))) {
            queries.forEachRecord(row -> {
                if (Records.decode(row.bytes()) instanceof Prediction it
                        && it.pipeline().equals(pipeline)) {
                    frames.add(it.frame());
                }
            });
        }
        return frames;
    }

    private static Map<Long, String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(it -> it.getName().startsWith("fulmar-pipeline-")
                        || it.getName().equals("fulmar-control")
                        || it.getName().equals("fulmar-store"))
                .collect(Collectors.toMap(Thread::threadId, Thread::getName));
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            operator.work();
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what + "; " + text(dir.resolve("agent.log")))
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    /** Who wants something of the device and hears what it reports. Owned by the test's thread. */
    private final class Operator implements AutoCloseable {
        private final PahoLink link = new PahoLink(
                LinkConfig.builder(fleet.brokerUrl(), "operator")
                        .subscriptions(wire.topics().reported(DEVICE))
                        .build(),
                new SplittableRandom(),
                this::onEvent);
        private @Nullable Reported said;

        private void onEvent(LinkEvent event) {
            if (event instanceof LinkEvent.Received received) {
                var message = received.message();
                var from = wire.decodeUplink(new Envelope(
                        message.topic(), message.payload(), message.contentType(), message.userProperties()));
                said = (Reported) from.message();
            }
        }

        void want(long version, String toml) {
            byte[] document = DesiredCodec.encode(new Desired(version, DEVICE, Desired.Config.of(toml)));
            RemoteConfigurationIT.this.await(
                    "the broker",
                    () -> link.publish(OutboundMessage.of(wire.topics().desired(DEVICE), document, 1, true, 0))
                            == PublishOutcome.ACCEPTED);
        }

        void work() {
            link.work(System.nanoTime());
        }

        Reported.@Nullable State state() {
            return said == null ? null : said.config().state();
        }

        Reported said() {
            if (said == null) {
                throw new AssertionError("the device has reported nothing");
            }
            return said;
        }

        @Override
        public void close() {
            link.close();
        }
    }
}
