package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.model.pack.Digest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported.ModelState;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator says which release devices are to run, against a running service and devices that say what became of it. */
class AssignCommandIT {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/host-load");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        assertThat(run("model", "pack", SAMPLE.toString(), "-o", at("p1"))).isZero();
        Path next = Files.createDirectory(dir.resolve("next"));
        try (var all = Files.walk(SAMPLE)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                Path copy = next.resolve(SAMPLE.relativize(path).toString());
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                Files.copy(path, copy);
            }
        }
        Path toml = next.resolve("model.toml");
        Files.writeString(
                toml,
                Files.readString(toml)
                        .replace("version = \"1.0.0\"", "version = \"1.1.0\"")
                        .replace("release = 1", "release = 2"));
        assertThat(run("model", "pack", next.toString(), "-o", at("p2"))).isZero();
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")));
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void theNewestReleaseIsAssignedOnceAndWhatElseTheDeviceIsToHaveStays() throws Exception {
        Path fragment = Files.writeString(dir.resolve("f.toml"), "[log]\nlevel = \"debug\"\n");
        publishBoth();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            known(device, "press-7");
            assertThat(fleet("configure", "press-7", "--config", fragment.toString(), "--wait", "60s"))
                    .isZero();

            for (int i = 0; i < 2; i++) {
                assertThat(fleet("assign", "host-load", "--device", "press-7", "--wait", "60s"))
                        .as(err.toString())
                        .isEqualTo(ExitCode.OK);
                assertThat(out.toString()).contains("press-7  active", "host-load 1.1.0        2  active");
                Desired wanted = wanted("press-7");
                assertThat(wanted.version()).as("assigned once").isEqualTo(2);
                assertThat(wanted.config().toml()).contains("debug");
                assertThat(wanted.models()).singleElement().satisfies(it -> {
                    assertThat(it.assigned()).isEqualTo(2);
                    assertThat(it.release()).isEqualTo(2);
                    assertThat(it.shadowMillis()).isZero();
                });
            }
            assertThat(fleet("configure", "press-7", "--clear", "--wait", "60s"))
                    .isZero();
            assertThat(wanted("press-7").models().getFirst().assigned())
                    .as("another configuration is no other assignment")
                    .isEqualTo(2);

            assertThat(fleet("assign", "host-load@1", "--device", "press-7", "--wait", "60s", "--json"))
                    .isZero();
            assertThat(out.toString())
                    .contains("\"version\":\"1.0.0\"", "\"state\":\"active\"", "\"swapMs\":12", "\"p95Micros\":850");
            await(queries -> queries.models().stream()
                    .anyMatch(row -> row.release() == 1 && row.state().equals("active")));
            assertThat(fleet("models")).isZero();
            assertThat(out.toString())
                    .containsPattern("host-load +1\\.1\\.0 +2 +\\d+ +0 +0 +0")
                    .containsPattern("host-load +1\\.0\\.0 +1 +\\d+ +1 +0 +0");
            assertThat(fleet("models", "host-load")).isZero();
            assertThat(out.toString()).containsPattern("press-7 +1 +1\\.0\\.0 +active +- +850 +- +12");
            assertThat(fleet("models", "host-load", "--json")).isZero();
            assertThat(out.toString()).contains("\"device\":\"press-7\"", "\"wanted\":true");

            assertThat(fleet("assign", "host-load", "--device", "press-7", "--remove"))
                    .isZero();
            assertThat(wanted("press-7").models()).isEmpty();
        }
    }

    @Test
    void aReleaseThatWasTurnedDownIsTriedAgainWhenItIsAssignedAgain() throws Exception {
        publishBoth();
        try (var one = new TestResponder(fleet.brokerUrl(), "press-1", "presses");
                var two = new TestResponder(fleet.brokerUrl(), "press-2", "presses")) {
            known(one, "press-1");
            known(two, "press-2");
            await(queries -> queries.members("presses").size() == 2);
            two.endWith(ModelState.REJECTED);

            assertThat(fleet("assign", "host-load:1.1.0", "--group", "presses", "--wait", "60s"))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(out.toString())
                    .contains("press-1  host-load 1.1.0        2  active")
                    .contains("press-2  host-load 1.1.0        2  rejected  golden-mismatch: case normal");
            await(queries ->
                    queries.models().stream().anyMatch(row -> row.state().equals("rejected")));
            assertThat(fleet("models", "host-load")).isZero();
            assertThat(out.toString()).contains("golden-mismatch: case normal");

            two.endWith(ModelState.ACTIVE);
            assertThat(fleet("assign", "host-load", "--all", "--wait", "60s")).isZero();
            assertThat(wanted("press-1").version())
                    .as("it runs there; nothing to do")
                    .isEqualTo(1);
            assertThat(wanted("press-2").models().getFirst().assigned()).isEqualTo(2);
        }
    }

    @Test
    void aReleaseThatWasSignedAnewReachesItsDevicesWhenItIsPublishedAndAssignedAgain() throws Exception {
        for (String key : List.of("anna.key", "bert.key")) {
            assertThat(run("model", "keygen", at(key))).isZero();
        }
        assertThat(run("model", "sign", at("p2"), "--key", at("anna.key"))).isZero();
        publishBoth();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            known(device, "press-7");
            assertThat(fleet("assign", "host-load", "--device", "press-7", "--wait", "60s"))
                    .isZero();
            String before = wanted("press-7").models().getFirst().statement();

            assertThat(run("model", "sign", at("p2"), "--key", at("bert.key"))).isZero();
            assertThat(fleet("publish", at("p2"))).isZero();
            assertThat(out.toString()).contains("signatures of this package, too", "fulmar fleet assign host-load@2");
            assertThat(wanted("press-7").version()).as("nothing by itself").isEqualTo(1);
            for (int i = 0; i < 2; i++) {
                assertThat(fleet("assign", "host-load", "--device", "press-7", "--wait", "60s"))
                        .as(err.toString())
                        .isZero();
                Desired.Model model = wanted("press-7").models().getFirst();
                assertThat(model.assigned()).as("once").isEqualTo(2);
                assertThat(model.statement())
                        .isNotEqualTo(before)
                        .isEqualTo(Files.readString(statementOf(dir.resolve("p2"))));
            }
        }
    }

    private static Path statementOf(Path folder) {
        return folder.resolve("blobs/sha256")
                .resolve(Digest.of(
                        Objects.requireNonNull(PackageReader.open(folder).statement())));
    }

    @Test
    void aReleaseCanBeWatchedBeforeItReplacesTheOneThatRuns() throws Exception {
        publishBoth();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            known(device, "press-7");
            device.endWith(ModelState.SHADOWED);
            assertThat(fleet("assign", "host-load", "--device", "press-7", "--shadow", "1h", "--wait", "60s"))
                    .isZero();
            assertThat(wanted("press-7").models().getFirst().shadowMillis()).isEqualTo(3_600_000);
            device.endWith(ModelState.ACTIVE);
            assertThat(fleet("assign", "host-load", "--device", "press-7", "--wait", "60s"))
                    .isZero();
            Desired.Model model = wanted("press-7").models().getFirst();
            assertThat(model.shadowMillis()).isZero();
            assertThat(model.assigned()).isEqualTo(2);
        }
    }

    @Test
    void whatIsNotDoneInTimeIsSaid() throws Exception {
        publishBoth();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            known(device, "press-7");
        }
        assertThat(fleet("assign", "host-load", "--device", "press-7", "--wait", "1s"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("press-7  pending", "how it goes on: fulmar fleet models host-load");
        assertThat(fleet("assign", "host-load", "--device", "press-7", "--wait", "0s"))
                .isZero();
        assertThat(wanted("press-7").version()).isEqualTo(1);
        assertThat(fleet("models", "host-load")).isZero();
        assertThat(out.toString()).containsPattern("press-7 +2 +1\\.1\\.0 +pending");
    }

    @Test
    void whatCannotWorkIsSaidInOneLineBeforeAnythingIsSent() throws Exception {
        assertSaid(ExitCode.FAILED, "no release of a model 'host-load'", "assign", "host-load", "--all");
        publishBoth();
        assertThat(run("model", "keygen", at("anna.key"))).isZero();
        assertThat(run("model", "keygen", at("eve.key"))).isZero();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            known(device, "press-7");
            assertSaid(ExitCode.FAILED, "no release of a model 'hots'", "assign", "hots", "--all");
            assertThat(err.toString()).contains("releases of host-load");
            assertSaid(ExitCode.FAILED, "3.0.0 of host-load was not published", "assign", "host-load:3.0.0", "--all");
            assertSaid(ExitCode.FAILED, "release 9 of host-load was not", "assign", "host-load@9", "--all");
            assertThat(err.toString()).contains("1.1.0 (release 2), 1.0.0 (release 1)");
            assertSaid(ExitCode.FAILED, "did you mean 'press-7'", "assign", "host-load", "--device", "pres-7");
            assertSaid(ExitCode.FAILED, "group 'none'", "assign", "host-load", "--group", "none");
            assertSaid(ExitCode.USAGE, "one of --device", "assign", "host-load");
            assertSaid(ExitCode.USAGE, "is no MODEL", "assign", "host-load@x", "--all");
            assertSaid(ExitCode.USAGE, "--shadow", "assign", "host-load", "--all", "--shadow", "31d");
            assertSaid(ExitCode.USAGE, "only the name", "assign", "host-load@1", "--all", "--remove");
            assertSaid(ExitCode.FAILED, "nothing is known of a model 'x'", "models", "x");

            trust("--release", at("anna.key.pub"));
            assertSaid(ExitCode.FAILED, "no release statement", "assign", "host-load", "--device", "press-7");
            trust("--operator", at("anna.key.pub"));
            assertSaid(ExitCode.FAILED, "wants an operator's signature", "assign", "host-load", "--all");
            assertSaid(
                    ExitCode.FAILED,
                    "does not accept this key",
                    "assign",
                    "host-load",
                    "--all",
                    "--key",
                    at("eve.key"));
            try (var queries = FleetQueries.open(dir.resolve("data"))) {
                assertThat(queries.desired("press-7").getFirst().version()).isZero();
            }
        }
    }

    @Test
    void onlyWhatAnOperatorSignedIsSignedAgain() throws Exception {
        assertThat(run("model", "keygen", at("anna.key"))).isZero();
        publishBoth();
        try (var device = new TestResponder(fleet.brokerUrl(), "press-7")) {
            known(device, "press-7");
            assertThat(fleet("assign", "host-load", "--device", "press-7", "--key", at("anna.key"), "--wait", "60s"))
                    .isZero();
            assertThat(fleet("assign", "host-load@1", "--device", "press-7", "--wait", "60s"))
                    .as("unsigned, which this fleet without a trust root takes")
                    .isZero();
            assertSaid(
                    ExitCode.FAILED,
                    "whether an operator signed what press-7 is to have now is not known here",
                    "assign",
                    "host-load",
                    "--device",
                    "press-7",
                    "--key",
                    at("anna.key"));
        }
    }

    private void trust(String... roles) throws IOException {
        Files.deleteIfExists(dir.resolve("data/trust.json"));
        List<String> all = new ArrayList<>(List.of("fleet", "key", "trust"));
        all.addAll(List.of(roles));
        all.addAll(List.of("--data", at("data")));
        assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
    }

    private void publishBoth() {
        assertThat(fleet("publish", at("p1"))).as(err.toString()).isZero();
        assertThat(fleet("publish", at("p2"))).as(err.toString()).isZero();
    }

    private void known(TestResponder device, String name) throws InterruptedException {
        device.awaitWelcome();
        await(queries -> queries.knows(name));
    }

    private Desired wanted(String device) {
        try (var queries = FleetQueries.open(dir.resolve("data"))) {
            return Objects.requireNonNull(queries.desired(device).getFirst().wanted());
        }
    }

    private void assertSaid(int code, String text, String... arguments) {
        assertThat(fleet(arguments)).as(String.join(" ", arguments)).isEqualTo(code);
        assertThat(err.toString()).contains(text).doesNotContain("Exception");
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

    private void await(Predicate<FleetQueries> holds) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (true) {
            try (var queries = FleetQueries.open(dir.resolve("data"))) {
                if (holds.test(queries)) {
                    return;
                }
            }
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
