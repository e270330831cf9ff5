package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.command.Authorisation;
import io.fulmar.agent.health.ConditionName;
import io.fulmar.agent.health.Conditions;
import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.pipeline.PipelineContext;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.LinkPlan;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.PipelineOpener;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.agent.run.Runner;
import io.fulmar.agent.world.TestDevice;
import io.fulmar.agent.world.World;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.config.Log;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InMemoryBroker;
import io.fulmar.sync.mqtt.InMemoryLink;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Stamp;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations from the fleet, with real pipelines and a real link's rules, on the test's own clock. */
class ConfiguratorTest {
    private static final String SLOWER = "[[pipeline]]\nname = \"a\"\nsource.rate = 7\n";
    private static final String ELSEWHERE = "[mqtt]\nurl = \"mqtt://127.0.0.1:9\"\n";
    private static final String HERE = "[mqtt]\nkeep_alive = \"20s\"\n";

    private final Path dir;
    private final Path file;
    private final World world;
    private final InMemoryBroker nobody = new InMemoryBroker(Faults.none());
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final List<String> events = new ArrayList<>();
    private final List<Log.Level> levels = new ArrayList<>();
    private Authorisation authorisation = Authorisation.by(null);
    private Device device;
    /** How many of the places where a device may die are passed before it does; negative for never. */
    private int fuse = -1;

    /** What a death looks like from the inside. */
    private static final class Death extends Error {
        private static final long serialVersionUID = 1;
    }

    /** One life of a device. */
    private final class Device {
        private final Counters counters = new Counters();
        private final FaultLog faults = new FaultLog(() -> Instant.EPOCH);
        private final Conditions conditions = new Conditions(() -> Instant.EPOCH, world::now);
        private final Pipelines pipelines = new Pipelines(
                new Runner((worker, bug) -> {
                    throw new AssertionError(worker, bug);
                }),
                faults);
        private final Startup startup = Startup.of(sources(), own());
        private final Configurator configurator;

        Device() {
            PipelineOpener opener = opener();
            for (var pipeline : startup.config().pipelines()) {
                pipelines.put(opener.open(startup.config(), pipeline));
            }
            configurator = new Configurator(
                    startup,
                    new Configurator.Parts(
                            "test",
                            pipelines,
                            List::of,
                            wanted -> {},
                            () -> {
                                mayDie();
                                return opener();
                            },
                            world.device().control(),
                            this::plan,
                            levels::add,
                            authorisation,
                            (name, text) -> {
                                mayDie();
                                events.add(name);
                            },
                            () -> 0,
                            counters,
                            conditions,
                            faults,
                            new Doorbell()));
        }

        private PipelineOpener opener() {
            return new PipelineOpener(
                    new PipelineContext((stream, row) -> {}, () -> new Stamp(0, 0, 1), "test"), ModelSource.FILES);
        }

        private LinkPlan plan(DeviceConfig config) {
            mayDie();
            InMemoryBroker broker = config.mqtt().url().getPort() == 9 ? nobody : world.broker();
            LinkConfig link = LinkConfig.builder(InMemoryBroker.URL, TestDevice.ID)
                    .subscriptions(wire.topics().down(TestDevice.ID))
                    .backoff(Backoff.between(Duration.ofMillis(100), Duration.ofSeconds(1)))
                    .connectTimeout(Duration.ofSeconds(1))
                    .build();
            return new LinkPlan(wire, listener -> new InMemoryLink(broker, link, new SplittableRandom(1), listener));
        }

        long count(Counter counter) {
            return counters.get(counter);
        }

        DeviceConfig config() {
            return configurator.config();
        }

        double rate(String pipeline) {
            return ((SourceSettings.Simulated)
                            config().pipeline(pipeline).orElseThrow().source())
                    .rate();
        }
    }

    ConfiguratorTest(@TempDir Path dir) throws IOException {
        this.dir = dir;
        this.world = new World(dir, Faults.none());
        this.file = dir.resolve("device.toml");
        Path samples = Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("models/samples/bearing-condition")
                .toAbsolutePath();
        StringBuilder toml = new StringBuilder("""
                [device]
                id = "d1"
                [state]
                dir = "configured"
                [mqtt]
                url = "mqtt://127.0.0.1:1883"
                trial = "10s"
                """);
        for (String model : List.of("first", "second")) {
            toml.append("[[model]]\nname = \"%s\"\nversion = \"1.0.0\"\n".formatted(model))
                    .append("file = \"%s\"\n".formatted(samples.resolve("bearing-condition.tflite")))
                    .append("labels = \"%s\"\n".formatted(samples.resolve("labels.txt")));
        }
        for (String pipeline : List.of("a", "b")) {
            toml.append("[[pipeline]]\nname = \"%s\"\nmodel = \"first\"\n".formatted(pipeline))
                    .append("postprocess = [ { type = \"label\" } ]\nrecord = { policy = \"all\" }\n")
                    .append("source = { type = \"simulated\", rate = 10, seed = 1, window = 256 }\n");
        }
        Files.writeString(file, toml.toString());
        this.device = new Device();
        run(Duration.ofSeconds(2));
    }

    @AfterEach
    void closed() {
        device.pipelines.close();
        world.close();
    }

    // ---- what is taken over

    @Test
    void aChangedPipelineIsReplacedAloneAndKept() {
        want(1, SLOWER);

        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(device.rate("b")).isEqualTo(10);
        assertThat(device.count(Counter.PIPELINES_REBUILT)).isEqualTo(1);
        assertThat(device.count(Counter.LINKS_EXCHANGED)).isZero();
        assertThat(events).containsExactly("config.applied");
        restart();
        assertThat(device.rate("a")).isEqualTo(7);
    }

    @Test
    void theLogLevelChangesInPlaceAndAnAddedPipelineComesAndGoes() {
        want(1, """
                [log]
                level = "debug"
                [[pipeline]]
                name = "c"
                model = "first"
                source = { type = "simulated", window = 256 }
                postprocess = [ { type = "label" } ]
                """);
        assertThat(levels).containsExactly(Log.Level.DEBUG);
        assertThat(device.pipelines.names()).containsExactly("a", "b", "c");
        assertThat(device.count(Counter.PIPELINES_REBUILT)).isEqualTo(1);

        want(2, "");
        assertThat(device.pipelines.names()).containsExactly("a", "b");
        assertThat(device.count(Counter.PIPELINES_REBUILT)).isEqualTo(1);
        assertThat(levels).containsExactly(Log.Level.DEBUG, Log.Level.INFO);
    }

    @Test
    void whatIsWantedAgainOrSaidOtherwiseRebuildsNothing() {
        want(1, SLOWER);
        want(1, SLOWER);
        want(2, SLOWER);
        want(3, "# the same\n" + SLOWER);

        assertThat(device.count(Counter.PIPELINES_REBUILT)).isEqualTo(1);
        assertThat(device.count(Counter.CONFIG_UNCHANGED)).isEqualTo(2);
        assertThat(reported().config().version()).isEqualTo(3);
        assertThat(reported().config().state()).isEqualTo(Reported.State.ACTIVE);
    }

    @Test
    void ofSeveralDocumentsOnlyTheLastIsLookedAt() {
        device.configurator.offer(message(document(1, ELSEWHERE)));
        device.configurator.offer(message(document(2, SLOWER)));
        run(Duration.ofSeconds(1));

        assertThat(device.count(Counter.LINKS_EXCHANGED)).isZero();
        assertThat(device.count(Counter.CONFIG_APPLIED)).isEqualTo(1);
    }

    // ---- what is refused

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x = = 1",
                "[lgo]\nlevel = \"debug\"",
                "[device]\nid = \"other\"",
                "[outbox]\nquota = \"1GiB\"",
                "[trust]\nroot = \"mine.json\"",
                "[mqtt]\npassword_file = \"/etc/shadow\"",
                "[[pipeline]]\nname = \"a\"\nmodel = \"third\"",
                "[[pipeline]]\nname = \"a\"\nsource.window = 100",
                "[mqtt]\nurl = \"http://x\""
            })
    void whatIsWrongChangesNothingAndIsNotTriedAgain(String toml) {
        want(1, SLOWER);
        want(2, toml);

        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(reported().config().state()).isEqualTo(Reported.State.REFUSED);
        assertThat(reported().config().reason()).isNotBlank();
        assertThat(reported().desiredVersion()).isEqualTo(2);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED)).isTrue();
        assertThat(device.count(Counter.PIPELINES_REBUILT)).isEqualTo(1);
        want(2, toml);
        assertThat(device.count(Counter.CONFIG_REFUSED)).isEqualTo(1);
        restart();
        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(reported().config().state()).isEqualTo(Reported.State.REFUSED);

        want(3, "");
        assertThat(device.rate("a")).isEqualTo(10);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED)).isFalse();
    }

    @Test
    void aLowerVersionBringsNothingOldBack() {
        want(5, SLOWER);
        want(4, "");
        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(reported().config().reason()).contains("version 4").contains("seen 5");

        want(5, "");
        assertThat(device.rate("a")).isEqualTo(7);
        want(5, SLOWER);
        assertThat(reported().config().state()).isEqualTo(Reported.State.ACTIVE);
    }

    @Test
    void whatNobodyVouchesForDoesNotCountAtAll() {
        SigningKey operator = SigningKey.generate();
        authorisation = Authorisation.by(TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(operator.verifyingKey(), "operator")),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(operator.verifyingKey().id()), 1))));
        restart();
        want(9, SLOWER);
        assertThat(device.rate("a")).isEqualTo(10);
        assertThat(reported().desiredVersion()).isZero();
        assertThat(reported().config().reason()).contains("signed by an operator");

        offer(Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(1, SLOWER), SigningKey.generate())
                .toJson());
        offer(Dsse.sign("application/vnd.fulmar.command+json", document(1, SLOWER), operator)
                .toJson());
        assertThat(device.rate("a")).isEqualTo(10);
        offer(Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(1, SLOWER), operator)
                .toJson());
        assertThat(device.rate("a")).isEqualTo(7);
    }

    @Test
    void whatIsForAnotherDeviceOrNoDocumentIsRefused() {
        offer(DesiredCodec.encode(new Desired(1, "d2", Desired.Config.of(SLOWER))));
        assertThat(reported().config().reason()).contains("d2");
        offer(new byte[200_000]);
        offer("[]".getBytes(StandardCharsets.UTF_8));
        offer(new byte[0]);

        assertThat(device.count(Counter.CONFIG_REFUSED)).isEqualTo(3);
        assertThat(reported().desiredVersion()).isZero();
    }

    @Test
    void rubbishThatIsTakenAwayIsNoConditionAnyMore() {
        want(1, SLOWER);
        offer("rubbish".getBytes(StandardCharsets.UTF_8));
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED)).isTrue();
        offer(new byte[0]);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED)).isFalse();
        assertThat(reported().config().state()).isEqualTo(Reported.State.ACTIVE);

        want(2, "[mqtt]\nurl = \"http://x\"");
        offer(new byte[0]);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED))
                .as("what was turned down stays so")
                .isTrue();
    }

    @Test
    void aDiskThatCannotKeepTheChangeRefusesItUntilItCan() throws IOException {
        Path config = dir.resolve("configured/config");
        Files.createDirectories(config.getParent());
        Files.createFile(config); // a file where the directory should be
        want(1, SLOWER);
        assertThat(device.rate("a")).isEqualTo(10);
        assertThat(reported().config().reason()).contains("cannot be kept");
        assertThat(reported().desiredVersion()).isZero();

        Files.delete(config);
        run(Duration.ofSeconds(11));
        assertThat(device.rate("a")).as("it is tried again by itself").isEqualTo(7);
    }

    // ---- trials

    @Test
    void aConnectionThatBringsAWelcomeStays() {
        want(1, HERE + SLOWER);
        run(Duration.ofSeconds(3));

        assertThat(device.config().mqtt().keepAlive()).isEqualTo(Duration.ofSeconds(20));
        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(world.device().control().view().number()).isEqualTo(2);
        assertThat(events).containsExactly("config.trial", "config.applied");
        assertThat(reported().config().state()).isEqualTo(Reported.State.ACTIVE);
    }

    @Test
    void aConnectionWithoutAWelcomeGoesBackInTimeAndIsNotTriedAgain() {
        want(1, ELSEWHERE + SLOWER);
        run(Duration.ofSeconds(5));
        assertThat(reported().config().state()).isEqualTo(Reported.State.TRIAL);
        assertThat(world.device().control().connected()).isFalse();
        assertThat(device.rate("a")).as("waits for the connection").isEqualTo(10);

        run(Duration.ofSeconds(8));
        assertThat(world.device().control().connected()).isTrue();
        assertThat(reported().config().state()).isEqualTo(Reported.State.REVERTED);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REVERTED)).isTrue();
        assertThat(device.rate("a")).isEqualTo(10);
        want(1, ELSEWHERE + SLOWER);
        restart();
        want(1, ELSEWHERE + SLOWER);
        run(Duration.ofSeconds(1));
        assertThat(reported().config().state()).isEqualTo(Reported.State.REVERTED);
        assertThat(device.count(Counter.LINKS_EXCHANGED)).isZero();
    }

    @Test
    void aBrokerWithoutAFleetIsNoConnection() {
        world.fleet().silent(true);
        want(1, HERE);
        run(Duration.ofSeconds(12));

        assertThat(reported().config().state()).isEqualTo(Reported.State.REVERTED);
        assertThat(reported().config().reason()).contains("no fleet answers");
    }

    @Test
    void aNewerVersionEndsATrial() {
        want(1, ELSEWHERE);
        run(Duration.ofSeconds(2));
        want(2, SLOWER);
        run(Duration.ofSeconds(3));

        assertThat(world.device().control().connected()).isTrue();
        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(reported().config().state()).isEqualTo(Reported.State.ACTIVE);
        run(Duration.ofSeconds(20));
        assertThat(device.count(Counter.CONFIG_REVERTED)).isZero();
    }

    @Test
    void aNewerVersionThatIsWrongEndsATrialToo() {
        want(1, ELSEWHERE);
        run(Duration.ofSeconds(2));
        want(2, "x = = 1");
        run(Duration.ofSeconds(3));

        assertThat(world.device().control().connected()).isTrue();
        assertThat(reported().config().state()).isEqualTo(Reported.State.REFUSED);
        restart();
        assertThat(reported().config().reason()).contains("desired-2");
    }

    // ---- the start

    @Test
    void aDeviceThatWhatWasKeptDoesNotFitAnyMoreRunsItsOwn() throws IOException {
        want(1, "[[pipeline]]\nname = \"a\"\nmodel = \"second\"\n");
        Files.writeString(file, Files.readString(file).replace("\"second\"", "\"third\""));
        restart();

        assertThat(device.config().pipeline("a").orElseThrow().model()).isEqualTo("first");
        assertThat(reported().config().state()).isEqualTo(Reported.State.REFUSED);
        assertThat(reported().config().generation()).isZero();

        want(1, "[[pipeline]]\nname = \"a\"\nmodel = \"second\"\n");
        assertThat(reported().config().state())
                .as("it is wanted still, and still it does not run")
                .isEqualTo(Reported.State.REFUSED);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED)).isTrue();
        want(2, SLOWER);
        assertThat(device.conditions.holds(ConditionName.CONFIG_REFUSED)).isFalse();
    }

    @Test
    void whatTheOwnFileSaysInTheMeantimeAboutTheDeviceWaitsForAStart() throws IOException {
        Files.writeString(file, Files.readString(file).replace("\"d1\"", "\"d9\"") + "[outbox]\nquota = \"9MiB\"\n");
        want(1, SLOWER);

        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(device.config().device().id()).isEqualTo("d1");
        assertThat(device.config().outbox()).isEqualTo(device.startup.config().outbox());
        assertThat(device.faults.latest())
                .anySatisfy(fault -> assertThat(fault.message()).contains("device.id, outbox"));
    }

    /** A death at every place between two changes on the disk, and what the next life begins with. */
    @Test
    void aDeviceThatDiesAnywhereStartsWithTheOldConfigurationOrTheNewOne() throws IOException {
        int survived = 0;
        for (int places = 0; survived == 0; places++) {
            deleteKept();
            restart();
            fuse = places;
            try {
                want(1, SLOWER);
                want(2, HERE + SLOWER + "[log]\nlevel = \"debug\"\n");
                run(Duration.ofSeconds(3));
                want(3, ELSEWHERE);
                run(Duration.ofSeconds(13));
                want(4, "");
                survived = places;
            } catch (Death death) {
                fuse = -1;
            }
            fuse = -1;
            restart();
            Reported now = reported();
            List<String> possible = List.of("", SLOWER, HERE + SLOWER + "[log]\nlevel = \"debug\"\n");
            assertThat(possible.stream().map(it -> Desired.Config.of(it).sha256()))
                    .as("after %s places", places)
                    .contains(now.config().sha256());
            boolean runsAsSaid =
                    now.config().sha256().equals(Desired.Config.of("").sha256());
            assertThat(device.rate("a")).isEqualTo(runsAsSaid ? 10 : 7);
            assertThat(device.config().mqtt().url().getPort()).isEqualTo(1883);
            want(10, "[log]\nlevel = \"warn\"\n");
            assertThat(device.config().log().level()).isEqualTo(Log.Level.WARN);
        }
        assertThat(survived).isGreaterThan(10);
    }

    // ---- by command

    @Test
    void aCommandLaysItsChangeOverWhatTheFleetSaidBefore() {
        want(1, SLOWER);
        assertThat(set("[log]\nlevel = \"debug\"\n")).isEqualTo(new Configured.Applied(2));
        assertThat(device.rate("a")).isEqualTo(7);
        assertThat(set("[log]\nlevel = \"debug\"\n")).isEqualTo(new Configured.Unchanged());
        assertThat(set("[log]\nlevel = \"loud\"\n")).isInstanceOf(Configured.Refused.class);
        assertThat(reported().config().state()).isEqualTo(Reported.State.ACTIVE);
        want(1, SLOWER);
        assertThat(device.config().log().level())
                .as("seen, so it does not come back")
                .isEqualTo(Log.Level.DEBUG);
        want(2, SLOWER);
        assertThat(device.config().log().level()).as("the document wins").isEqualTo(Log.Level.INFO);
    }

    @Test
    void aCommandCanTryAConnectionToo() {
        assertThat(set(ELSEWHERE)).isEqualTo(new Configured.Trial(1));
        assertThat(set(SLOWER)).isInstanceOf(Configured.Refused.class);
        run(Duration.ofSeconds(12));
        assertThat(reported().config().state()).isEqualTo(Reported.State.REVERTED);
        assertThat(set(SLOWER)).isEqualTo(new Configured.Applied(1));
    }

    @Test
    void theModelBeforeIsRemembered() {
        set("[[pipeline]]\nname = \"a\"\nmodel = \"second\"\n");
        set("[log]\nlevel = \"debug\"\n");
        restart();

        assertThat(device.configurator.view().kept().formerModels()).containsEntry("a", "first");
    }

    // ---- tools

    private ConfigSources sources() {
        return ConfigSources.of(file).environment(Map.of());
    }

    private DeviceConfig own() {
        return switch (ConfigLoader.load(sources())) {
            case LoadResult.Loaded loaded -> loaded.config();
            case LoadResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private void mayDie() {
        if (fuse == 0) {
            throw new Death();
        }
        fuse--;
    }

    /** The process ends at once; the link, which knows nothing of it, goes back to the first broker. */
    private void restart() {
        device.pipelines.close();
        events.clear();
        device = new Device();
        world.device().control().exchange(device.plan(device.config()));
        run(Duration.ofSeconds(3));
    }

    private void deleteKept() throws IOException {
        Files.deleteIfExists(dir.resolve("configured/config/kept"));
    }

    private static byte[] document(long version, String toml) {
        return DesiredCodec.encode(new Desired(version, TestDevice.ID, Desired.Config.of(toml)));
    }

    private InboundMessage message(byte[] payload) {
        return new InboundMessage(wire.topics().desired(TestDevice.ID), payload, null, Map.of(), null, null, true);
    }

    private void want(long version, String toml) {
        offer(document(version, toml));
    }

    private void offer(byte[] payload) {
        device.configurator.offer(message(payload));
        run(Duration.ofMillis(300));
    }

    private Configured set(String toml) {
        Configured[] answer = new Configured[1];
        Thread asker = Thread.ofPlatform().start(() -> answer[0] = device.configurator.set(toml));
        while (asker.isAlive()) {
            if (asker.getState() == Thread.State.TIMED_WAITING) {
                run(World.STEP);
                joined(asker);
            } else {
                Thread.onSpinWait(); // the world's clock stands still until the question is asked
            }
        }
        return answer[0];
    }

    private static void joined(Thread asker) {
        try {
            asker.join(200);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Reported reported() {
        return device.configurator.reported();
    }

    private void run(Duration time) {
        for (long end = world.now() + time.toNanos(); world.now() < end; ) {
            world.step();
            device.configurator.work(world.now());
        }
    }
}
