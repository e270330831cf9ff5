package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.query.FleetQueries;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same commands as on the fleet's own machine, from another one: only an address and a token are known. */
class RemoteDesiredIT {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/host-load");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    private int run(String... args) {
        out = new StringWriter();
        err = new StringWriter();
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    /** Of a fleet somewhere else: its data directory is not named. */
    private int at(Fleet fleet, String... args) {
        return at(fleet.httpPort(), args);
    }

    private int at(int port, String... args) {
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(args));
        all.addAll(List.of("--url", "http://127.0.0.1:" + port, "--token-file"));
        all.add(LocalToken.file(dir.resolve("data")).toString());
        return run(all.toArray(String[]::new));
    }

    private Fleet open() {
        return Fleet.open(FleetConfig.inDirectory(dir.resolve("data")));
    }

    @Test
    void releasesAndConfigurationsAreSetAndWaitedFor() throws Exception {
        Path fragment = Files.writeString(dir.resolve("f.toml"), "[log]\nlevel = \"debug\"\n");
        try (var fleet = open();
                var device = new TestResponder(fleet.brokerUrl(), "press-7", "presses")) {
            device.awaitWelcome();
            while (!known("press-7")) {
                LockSupport.parkNanos(20_000_000);
            }
            String pack = dir.resolve("p1").toString();
            assertThat(run("model", "pack", SAMPLE.toString(), "-o", pack)).isZero();
            assertThat(at(fleet, "publish", pack)).as(err.toString()).isZero();

            assertThat(at(fleet, "configure", "press-7", "--config", fragment.toString(), "--wait", "60s"))
                    .as(err.toString())
                    .isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("press-7        1  in sync");
            assertThat(at(fleet, "assign", "host-load", "--group", "presses", "--wait", "60s"))
                    .as(err.toString())
                    .isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("press-7  active", "host-load 1.0.0        1  active");
            assertThat(at(fleet, "assign", "host-load@1", "--device", "press-7", "--wait", "60s", "--json"))
                    .isEqualTo(ExitCode.OK);
            assertThat(out.toString()).as("assigned once").contains("\"desired\":2", "\"state\":\"active\"");
            assertThat(at(fleet, "configure", "press-7", "--show")).isZero();
            assertThat(out.toString()).contains("press-7  in sync", "level = \"debug\"", "\"desired\" : 2");

            assertThat(at(fleet, "assign", "host-load", "--all", "--remove")).isZero();
            assertThat(out.toString()).contains("press-7  host-load is assigned no longer; what runs stays");
            assertThat(at(fleet, "configure", "--group", "presses", "--clear", "--wait", "60s"))
                    .as(err.toString())
                    .isZero();

            assertThat(at(fleet, "assign", "none", "--all")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("no release of a model 'none' was published to this fleet");
            assertThat(at(fleet, "assign", "host-load", "--device", "press-8")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("No device with the id press-8");
            assertThat(at(fleet, "assign", "host-load", "--all", "--key", "k.pem"))
                    .isEqualTo(ExitCode.USAGE);
            assertThat(err.toString()).contains("--operator-key");
            assertThat(at(fleet, "configure", "--all", "--clear", "--broker", "mqtt://127.0.0.1:1"))
                    .isEqualTo(ExitCode.USAGE);
            assertThat(at(
                            fleet,
                            "export",
                            "--format",
                            "ndjson",
                            "-o",
                            dir.resolve("all.ndjson").toString()))
                    .as(err.toString())
                    .isZero();
            assertThat(dir.resolve("all.ndjson")).exists();
        }
    }

    private boolean known(String device) {
        try (var queries = FleetQueries.open(dir.resolve("data"))) {
            return !queries.members("presses").isEmpty() && queries.knows(device);
        }
    }

    @Test
    void recordsAndIdentitiesComeOverTheApiAndWhatWasCutOffIsNotLeft() {
        Path file = dir.resolve("all.csv");
        int port;
        try (var fleet = open()) {
            port = fleet.httpPort();
            assertThat(run(
                            "fleet",
                            "enroll",
                            "press-1",
                            "--data",
                            dir.resolve("data").toString()))
                    .as(err.toString())
                    .isZero();
            assertThat(at(fleet, "identities")).as(err.toString()).isZero();
            assertThat(out.toString()).contains("press-1  invited");
            assertThat(at(fleet, "identities", "--json")).isZero();
            assertThat(out.toString()).contains("{\"device\":\"press-1\",\"state\":\"invited\"");
            assertThat(at(fleet, "export", "-o", file.toString()))
                    .as(err.toString())
                    .isZero();
            assertThat(file).content().startsWith("device,epoch,stream").hasLineCount(1);
            assertThat(err.toString()).contains("0 records in");
            assertThat(at(fleet, "export", "--model", "none")).isZero();
            assertThat(out.toString()).hasLineCount(1);
        }
        Path cut = dir.resolve("cut.csv");
        assertThat(at(port, "export", "-o", cut.toString(), "--wait", "0s")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("does not answer");
        assertThat(cut).doesNotExist();
        assertThat(dir.resolve("cut.csv.part")).doesNotExist();
    }
}
