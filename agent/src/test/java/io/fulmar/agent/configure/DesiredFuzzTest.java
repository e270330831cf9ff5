package io.fulmar.agent.configure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.command.Authorisation;
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
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import io.fulmar.sync.mqtt.Faults;
import io.fulmar.sync.mqtt.InboundMessage;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Desired states that were damaged on purpose. Of those that an operator would have to sign none has an effect; where nobody
 * has to, each runs as it is or leaves everything as it was.
 */
class DesiredFuzzTest {
    private static final long SEED = Long.getLong("fulmar.seed", 20261122);
    private static final String COMMAND = "application/vnd.fulmar.command+json";
    private static final String[] BITS = {
        "null",
        "-1",
        "1e400",
        "9223372036854775808",
        "\"\"",
        "[]",
        "{}",
        "\"\\u0000\"",
        "\"version\":9",
        "\"device\":\"d2\"",
        "\"config\":{}",
        "\"toml\":\"\"",
        "[[[[[[[[[[",
        "{\"a\":{\"a\":{\"a\":",
        "\\ud800",
        "}"
    };
    private static final String[] TOML_BITS = {
        "[[pipeline]]\n",
        "[mqtt]\n",
        "[outbox]\nquota = \"1MiB\"\n",
        "[trust]\nroot = \"mine.json\"\n",
        "name = \"a\"\n",
        "source.rate = 1e400\n",
        "model = \"first\"\n",
        "[[[[",
        "= 1",
        "\"\"\"",
        "labels = \"/etc/shadow\"\n",
        "groups = [\"x\"]\n",
        "a.b.c.d.e.f = {}\n",
        "-",
        "9",
        "\u0000",
        "#"
    };
    private static final List<String> FRAGMENTS = List.of(
            "[[pipeline]]\nname = \"a\"\nsource.rate = 7\nrecord.policy = \"changes\"\n",
            "[log]\nlevel = \"debug\"\n[[pipeline]]\nname = \"a\"\nsource.seed = 3\n",
            """
            [[pipeline]]
            name = "c"
            model = "first"
            source = { type = "simulated", window = 256 }
            postprocess = [ { type = "label" } ]
            """,
            "[[model]]\nname = \"first\"\nthreads = 1\n[mqtt]\ntrial = \"20s\"\n",
            "");

    private final Path file;
    private final World world;
    private final Random random = new Random(SEED);
    private final SigningKey operator = SigningKey.generate();
    private final SigningKey stranger = SigningKey.generate();
    private final Wire wire = new Wire(new Topics(Topics.DEFAULT_PREFIX));
    private final Counters counters = new Counters();
    private final FaultLog faults = new FaultLog(() -> Instant.EPOCH);
    private final AtomicInteger events = new AtomicInteger();
    private final Pipelines pipelines = new Pipelines(
            new Runner((worker, bug) -> {
                throw new AssertionError(worker, bug);
            }),
            faults);
    private long nowNanos;

    DesiredFuzzTest(@TempDir Path dir) throws IOException {
        this.world = new World(dir, Faults.none());
        Path samples = Path.of(System.getProperty("fulmar.root", ".."))
                .resolve("models/samples/bearing-condition")
                .toAbsolutePath();
        this.file = Files.writeString(dir.resolve("device.toml"), """
                [device]
                id = "d1"
                [state]
                dir = "configured"
                [[model]]
                name = "first"
                version = "1.0.0"
                file = "%s/bearing-condition.tflite"
                labels = "%s/labels.txt"
                [[pipeline]]
                name = "a"
                model = "first"
                postprocess = [ { type = "label" } ]
                source = { type = "simulated", rate = 10, seed = 1, window = 256 }
                """.formatted(samples, samples));
    }

    @AfterEach
    void closed() {
        pipelines.close();
        world.close();
    }

    @Test
    void whatNoOperatorSignedHasNoEffect() {
        unsigned(5_000);
    }

    @Test
    @Tag("long")
    void aMillionThatNoOperatorSignedHaveNoEffect() {
        unsigned(1_000_000);
    }

    @Test
    void aDamagedFragmentRunsAsItIsOrChangesNothing() {
        damaged(150);
    }

    @Test
    @Tag("long")
    void manyDamagedFragmentsRunAsTheyAreOrChangeNothing() {
        damaged(Integer.getInteger("fulmar.fuzz.runs", 100_000));
    }

    private void unsigned(int count) {
        List<byte[]> seeds = List.of(
                document(1, FRAGMENTS.get(0)),
                document(Long.MAX_VALUE, FRAGMENTS.get(1)),
                Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(1, FRAGMENTS.get(0)), operator)
                        .toJson(),
                Dsse.sign(DesiredCodec.PAYLOAD_TYPE, document(1, FRAGMENTS.get(0)), stranger)
                        .toJson(),
                Dsse.sign(COMMAND, document(1, FRAGMENTS.get(0)), operator).toJson());
        TrustRoot root = TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(operator.verifyingKey(), null)),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(operator.verifyingKey().id()), 1)));
        Configurator configurator = configurator(Authorisation.by(root));
        DeviceConfig own = configurator.config();
        long before = 0;
        for (int i = 0; i < count; i++) {
            byte[] payload = damagedDocument(seeds.get(random.nextInt(seeds.size())));
            if (!isStillSigned(root, payload, document(1, FRAGMENTS.get(0)))) {
                offer(configurator, payload);
            }
            if (events.get() > 0 || !configurator.config().equals(own)) {
                throw new AssertionError("an effect of seed " + SEED + ", document " + i);
            }
            if (i == count / 4) {
                before = heap();
            }
        }
        assertThat(configurator.view().kept()).isEqualTo(Kept.NOTHING);
        assertThat(counters.get(Counter.PIPELINES_REBUILT)).isZero();
        assertThat(counters.get(Counter.CONFIG_REFUSED)).isGreaterThan(count / 2);
        tell(count + " desired states that no operator signed, no effect", before);
    }

    /** The same said otherwise: what base64 does not look at may be damaged, and it is still what the operator signed. */
    private static boolean isStillSigned(TrustRoot root, byte[] payload, byte[] signed) {
        try {
            Dsse envelope = Dsse.read(payload);
            return Arrays.equals(envelope.unverifiedPayload(), signed)
                    && root.verify(TrustRole.OPERATOR, DesiredCodec.PAYLOAD_TYPE, envelope)
                            instanceof Verification.Verified;
        } catch (TrustException e) {
            return false;
        }
    }

    private void damaged(int count) {
        Configurator configurator = configurator(Authorisation.by(null));
        long before = 0;
        int taken = 0;
        for (int version = 1; version <= count; version++) {
            String toml = damagedFragment(FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
            Generation old = configurator.view().running();
            offer(configurator, document(version, toml));
            Generation now = configurator.view().running();
            Reported reported = configurator.reported();
            String where = "seed " + SEED + ", version " + version;
            switch (reported.config().state()) {
                case ACTIVE -> {
                    taken++;
                    assertThat(now.toml()).as(where).isEqualTo(toml);
                    assertThat(now.version()).as(where).isEqualTo(version);
                }
                case REFUSED -> {
                    assertThat(now).as(where).isEqualTo(old);
                    assertThat(reported.config().reason()).as(where).isNotBlank();
                }
                case TRIAL, REVERTED -> {
                    assertThat(now).as(where).isEqualTo(old);
                    nowNanos += Duration.ofHours(2).toNanos(); // nobody answers there
                    configurator.work(nowNanos);
                    assertThat(configurator.view().running()).as(where).isEqualTo(old);
                }
            }
            if (version == count / 4) {
                before = heap();
            }
        }
        assertThat(taken).isBetween(count / 100, count * 99 / 100);
        tell(count + " damaged fragments, of which " + taken + " were right and ran", before);
    }

    private static void tell(String what, long before) {
        long after = heap();
        System.out.printf(
                "measured: seed %d: %s; heap after GC %,d KiB after a quarter, %,d KiB at the end%n",
                SEED, what, before >> 10, after >> 10);
        assertThat(after - before).as("bytes of growth").isLessThan(8L << 20);
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    // ---- the device

    private Configurator configurator(Authorisation authorisation) {
        ConfigSources sources = ConfigSources.of(file).environment(Map.of());
        if (!(ConfigLoader.load(sources) instanceof LoadResult.Loaded own)) {
            throw new AssertionError("the device's own file is wrong");
        }
        Startup startup = Startup.of(sources, own.config());
        startup.config().pipelines().forEach(pipeline -> pipelines.put(opener().open(startup.config(), pipeline)));
        return new Configurator(
                startup,
                new Configurator.Parts(
                        "test",
                        pipelines,
                        List::of,
                        wanted -> {},
                        this::opener,
                        world.device().control(),
                        config -> new LinkPlan(wire, listener -> {
                            throw new AssertionError("nobody steps the control thread here");
                        }),
                        level -> {},
                        authorisation,
                        (name, text) -> events.incrementAndGet(),
                        () -> 0,
                        counters,
                        new Conditions(() -> Instant.EPOCH, () -> nowNanos),
                        faults,
                        new Doorbell()));
    }

    private PipelineOpener opener() {
        return new PipelineOpener(
                new PipelineContext((stream, row) -> {}, () -> new Stamp(0, 0, 1), "test"), ModelSource.FILES);
    }

    private void offer(Configurator configurator, byte[] payload) {
        configurator.offer(
                new InboundMessage(wire.topics().desired(TestDevice.ID), payload, null, Map.of(), null, null, true));
        nowNanos += Limits.DESIRED_EVERY.toNanos();
        configurator.work(nowNanos);
    }

    private static byte[] document(long version, String toml) {
        return DesiredCodec.encode(new Desired(version, TestDevice.ID, Desired.Config.of(toml)));
    }

    // ---- damage

    private byte[] damagedDocument(byte[] seed) {
        return switch (random.nextInt(4)) {
            case 0 -> bytes(seed);
            case 1 -> pieces(seed, BITS);
            case 2 -> bytes(pieces(seed, BITS));
            default -> {
                byte[] payload = bytes(document(1 + random.nextInt(9), FRAGMENTS.get(random.nextInt(5))));
                yield random.nextBoolean()
                        ? Dsse.sign(DesiredCodec.PAYLOAD_TYPE, payload, stranger)
                                .toJson()
                        : Dsse.sign(COMMAND, payload, operator).toJson();
            }
        };
    }

    private String damagedFragment(String fragment) {
        byte[] seed = fragment.getBytes(StandardCharsets.UTF_8);
        byte[] damaged = switch (random.nextInt(4)) {
            case 0 -> seed;
            case 1 -> bytes(seed);
            case 2 -> pieces(seed, TOML_BITS);
            default -> bytes(pieces(seed, TOML_BITS));
        };
        return new String(damaged, StandardCharsets.UTF_8);
    }

    private byte[] bytes(byte[] seed) {
        byte[] bytes = seed.clone();
        for (int n = 1 + random.nextInt(4); n > 0 && bytes.length > 1; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    int from = random.nextInt(bytes.length);
                    System.arraycopy(bytes, from, bytes, at, Math.min(bytes.length - Math.max(from, at), 24));
                }
            }
        }
        return bytes;
    }

    private byte[] pieces(byte[] seed, String[] bits) {
        StringBuilder text = new StringBuilder(new String(seed, StandardCharsets.UTF_8));
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int at = random.nextInt(text.length() + 1);
            String bit = bits[random.nextInt(bits.length)];
            if (random.nextBoolean()) {
                text.insert(at, bit);
            } else {
                text.replace(at, Math.min(text.length(), at + 1 + random.nextInt(12)), bit);
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
