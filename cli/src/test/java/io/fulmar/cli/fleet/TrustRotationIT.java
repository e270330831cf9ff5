package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.AgentOptions;
import io.fulmar.agent.EdgeAgent;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.LoadResult;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetClient;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.wire.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom a device believes changes when those whom it believes say so, and for nobody else. */
@Timeout(300)
class TrustRotationIT {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/bearing-condition");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        for (String name : List.of("anna", "bert", "carla", "root1", "root2", "root3", "eve")) {
            assertThat(run("fleet", "key", "new", at(name))).isZero();
        }
        ok("fleet", "key", "trust", "--operator", at("anna.pub"), "--root", at("root1.pub"), "--data", at("data"));
        Files.copy(dir.resolve("data/trust.json"), dir.resolve("first.json"));
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")));
        Files.writeString(dir.resolve("device.toml"), """
                [device]
                id = "d1"
                [state]
                dir = "state"
                [trust]
                root = "first.json"
                [mqtt]
                url = "mqtt://127.0.0.1:%d"
                backoff_max = "1s"
                [[model]]
                name = "bearing"
                file = "%s/bearing-condition.tflite"
                version = "1.0.0"
                [[pipeline]]
                name = "a"
                model = "bearing"
                [pipeline.source]
                type = "simulated"
                rate = 1
                window = 256
                """.formatted(fleet.mqttPort(), SAMPLE));
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void aDeviceFollowsWhatTheOldRootKeysSignedAlsoWhenItWasOff() throws Exception {
        try (EdgeAgent agent = agent()) {
            agent.start();
            await("the fleet knows it", () -> known("d1"));
            configure("debug", "anna");
            next("second.json", "data/trust.json", "bert", "root2");

            assertThat(sign("second.json", "root2")).isEqualTo(ExitCode.FAILED);
            assertThat(out.toString()).contains("it cannot follow version 1 yet", "0 of the 1 root keys");
            assertThat(rotate("second.json.signed")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("version 1, stays", "0 of the 1 root keys");
            assertThat(sign("second.json", "root1")).isZero();
            assertThat(rotate("second.json.signed")).isZero();

            await("the device follows", () -> version() == 2);
            assertThat(fleet("configure", "d1", "--config", fragment("info"), "--key", at("anna")))
                    .as("anna is no operator any more")
                    .isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("does not accept this key");
            configure("info", "bert");
        }
        next("third.json", "data/trust.json", "carla", "root3");
        assertThat(sign("third.json", "root3")).isEqualTo(ExitCode.FAILED);
        assertThat(sign("third.json", "root2")).isZero();
        assertThat(rotate("third.json.signed")).isZero();
        await(
                "the service believes it, too",
                () -> fleet("configure", "d1", "--config", fragment("warn"), "--key", at("carla"), "--wait", "0s")
                        == ExitCode.OK);
        try (EdgeAgent agent = agent()) {
            agent.start();
            configure("warn", "carla");
            assertThat(version()).isEqualTo(3);
        }
        Files.delete(dir.resolve("state/trust/root.json"));
        try (EdgeAgent agent = agent()) {
            agent.start();
            await("it comes from the first to the third", () -> version() == 3);
        }
    }

    @Test
    void neitherTheBrokerNorTheFleetCanChangeWhomADeviceBelieves() throws Exception {
        try (EdgeAgent agent = agent()) {
            agent.start();
            await("the fleet knows it", () -> known("d1"));
            next("eves.json", "first.json", "eve", "eve");
            TrustRoot eves = TrustRoot.read(dir.resolve("eves.json"));
            byte[] forged = Dsse.sign(Dsse.TRUST_ROOT, eves.toJson(), SigningKey.read(dir.resolve("eve")))
                    .toJson();
            for (byte[] message : List.of(
                    forged, eves.toJson(), "{}".getBytes(StandardCharsets.UTF_8), new byte[0], new byte[60_000])) {
                publish(message);
            }
            eves.replace(dir.resolve("data/trust.json")); // whoever broke into the fleet's machine
            await("it says that it refused one", () -> events("trust.refused"));
            Path deviceNow = dir.resolve("state/trust/root.json");
            assertThat(TrustRoot.read(deviceNow).version()).isEqualTo(1);
            assertThat(events("trust.followed")).isFalse();
        }
    }

    @Test
    void aDeviceWithoutANetworkIsHandedWhatFollows() throws Exception {
        Files.createDirectories(dir.resolve("state"));
        next("second.json", "data/trust.json", "bert", "root2");
        assertThat(sign("second.json", "root1")).isEqualTo(ExitCode.FAILED);
        assertThat(sign("second.json", "root2")).isZero();
        assertThat(run("fleet", "key", "sign", at("second.json"), "-o", at("first.json"), "--key", at("root1")))
                .as("nothing is overwritten")
                .isEqualTo(ExitCode.FAILED);

        assertThat(byHand("second.json.signed")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("name the device's with --trust");
        assertThat(byHand("second.json.signed", "--trust", at("first.json"))).isZero();
        assertThat(version()).isEqualTo(2);
        assertThat(byHand("second.json.signed")).isZero();
        assertThat(out.toString()).contains("already");

        assertThat(rotate("second.json.signed")).isZero();
        next("third.json", "data/trust.json", "carla", "root3");
        assertThat(sign("third.json", "root2")).isEqualTo(ExitCode.FAILED);
        assertThat(byHand("third.json.signed")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("version 2 stays", "by its own keys");
        assertThat(sign("third.json", "root3")).isZero();
        assertThat(byHand("third.json.signed")).isZero();
        assertThat(byHand("second.json.signed")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("version 2 does not follow version 3");
        assertThat(byHand("second.json")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("hint:").doesNotContain("Exception");
        assertThat(version()).isEqualTo(3);
    }

    @Test
    void whatCannotFollowIsSaidBeforeAnybodySigns() {
        ok("fleet", "key", "trust", at("closed.json"), "--operator", at("anna.pub"));
        said(
                ExitCode.USAGE,
                "names no root keys",
                "trust",
                at("x.json"),
                "--follows",
                at("closed.json"),
                "--root",
                at("root1.pub"));
        said(
                ExitCode.USAGE,
                "at least one --root",
                "trust",
                at("x.json"),
                "--follows",
                at("first.json"),
                "--operator",
                at("anna.pub"));
        said(ExitCode.USAGE, "use --follows", "trust", at("first.json"), "--replace", "--operator", at("eve.pub"));
        said(ExitCode.FAILED, "nothing.json", "sign", at("nothing.json"), "-o", at("x"), "--key", at("root1"));
        said(ExitCode.FAILED, "first.json", "rotate", at("first.json"), "--data", at("data"));
        said(ExitCode.FAILED, "no trust root at", "rotate", at("second.json.signed"), "--data", at("nowhere"));
    }

    private void said(int code, String text, String... arguments) {
        List<String> all = new ArrayList<>(List.of("fleet", "key"));
        all.addAll(List.of(arguments));
        if (text.startsWith("no trust root at")) {
            next("second.json", "first.json", "bert", "root2");
            sign("second.json", "root1");
        }
        assertThat(run(all.toArray(String[]::new))).as(String.join(" ", all)).isEqualTo(code);
        assertThat(err.toString()).contains(text).doesNotContain("Exception");
    }

    private void next(String file, String old, String operator, String root) {
        ok(
                "fleet",
                "key",
                "trust",
                at(file),
                "--follows",
                at(old),
                "--operator",
                at(operator + ".pub"),
                "--root",
                at(root + ".pub"));
    }

    private int sign(String root, String key) {
        return run(
                "fleet",
                "key",
                "sign",
                at(root),
                "-o",
                at(root + ".signed"),
                "--key",
                at(key),
                "--follows",
                at("data/trust.json"));
    }

    private int rotate(String envelope) {
        return run("fleet", "key", "rotate", at(envelope), "--data", at("data"));
    }

    private int byHand(String envelope, String... more) {
        List<String> all = new ArrayList<>(List.of("agent", "trust", at(envelope), "--state", at("state")));
        all.addAll(List.of(more));
        return run(all.toArray(String[]::new));
    }

    private void configure(String level, String key) {
        assertThat(fleet("configure", "d1", "--config", fragment(level), "--key", at(key), "--wait", "100s"))
                .as(out + " " + err)
                .isZero();
        assertThat(out.toString()).contains("in sync");
    }

    private String fragment(String level) {
        try {
            return Files.writeString(dir.resolve(level + ".toml"), "[log]\nlevel = \"" + level + "\"\n")
                    .toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private int version() {
        Path kept = dir.resolve("state/trust/root.json");
        return Files.exists(kept) ? TrustRoot.read(kept).version() : 0;
    }

    private void publish(byte[] message) {
        try (var client = FleetClient.connect(fleet.brokerUrl(), null, null, List.of(), it -> {})) {
            client.send(new Topics(Topics.DEFAULT_PREFIX).trust(), message, true);
        }
    }

    private boolean known(String device) {
        try (var queries = FleetQueries.open(dir.resolve("data"))) {
            return queries.knows(device);
        }
    }

    private boolean events(String name) {
        try (var queries = FleetQueries.open(dir.resolve("data"))) {
            return queries.predictions("d1", 100).stream().anyMatch(row -> name.equals(row.label()));
        }
    }

    private EdgeAgent agent() {
        ConfigSources sources = ConfigSources.of(dir.resolve("device.toml"));
        return switch (ConfigLoader.load(sources)) {
            case LoadResult.Loaded loaded ->
                EdgeAgent.open(sources, loaded.config(), AgentOptions.standard(PahoLink::new));
            case LoadResult.Invalid invalid ->
                throw new AssertionError(invalid.problems().toString());
        };
    }

    private void ok(String... arguments) {
        assertThat(run(arguments)).as(err.toString()).isZero();
    }

    private int fleet(String... arguments) {
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", at("data")));
        return run(all.toArray(String[]::new));
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private String at(String name) {
        return dir.resolve(name).toString();
    }

    private static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
