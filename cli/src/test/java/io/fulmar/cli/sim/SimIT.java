package io.fulmar.cli.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.broker.EmbeddedBroker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code fulmar sim} against a real fleet service. */
@Timeout(300)
class SimIT {
    @TempDir
    Path dir;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @Test
    void everyRowOf200DevicesArrivesOnceThoughConnectionsBreakAndBatchesAreLostAndRepeated() throws Exception {
        Path report = dir.resolve("report.json");
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")))) {
            assertThat(fleet.httpPort()).isPositive();
            int code = run("--data " + dir.resolve("data")
                    + " --devices 200 --active 150 --rate 5 --duration 4s --backlog 60000 --commit 200ms --ramp 1s"
                    + " --faults drop=8s,storm=3s,restart=20s,lose=0.02,repeat=0.05 --json --report " + report);
            assertThat(code).as(out + "\n" + err).isEqualTo(ExitCode.OK);
        }
        assertThat(Files.readString(report))
                .isEqualTo(out.toString().strip())
                .contains("\"connected\":200", "\"recorded\":63000", "\"acknowledged\":63000", "\"undelivered\":0")
                .contains("\"database\":{\"stored\":63000,\"lost\":0,\"duplicated\":0,\"altered\":0}", "\"holds\":true")
                .as("50 devices are behind, and send in turns")
                .doesNotContain("\"pausesAsked\":0,")
                .doesNotContain("\"connectionsLost\":0,", "\"reconnectMillis\":[]");
        assertThat(err.toString()).contains("connecting", "of 200 devices");
    }

    @Test
    void whatIsWrongWithTheWayIntoTheFleetIsSaidOnce() {
        assertThat(run("--fleet mqtt://127.0.0.1:1 --devices 20")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("no connection to the broker at mqtt://127.0.0.1:1", "is it running");
        assertThat(run("--data " + dir.resolve("none"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("no fleet service is running on", "--fleet mqtt://host:1883");
        try (var broker = EmbeddedBroker.start("127.0.0.1", 0)) {
            assertThat(run("--fleet " + broker.url() + " --devices 2")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("is there, but no fleet service answers under the prefix fulmar/v1");
        }
    }

    @Test
    void aWrongCommandLineIsRefusedBeforeAnythingIsDone() {
        refused("--devices 0", "--devices: expected 1 to 28000, got 0");
        refused("--devices 10 --active 11", "--active: expected 0 to 10, the devices, got 11");
        refused("--rate abc", "'abc'");
        refused("--rate 0", "--rate: expected more than 0");
        refused("--duration soon", "is not a duration such as 500ms");
        refused("--backlog -1", "--backlog: expected 0 to");
        refused("--names a/b", "--names: expected at most 59 letters");
        refused("--faults drop", "'drop' is no fault such as drop=30s");
        refused("--faults flood=1s", "'flood' is no fault; there are drop, storm");
        refused("--faults lose=2", "lose=2 is no share from 0 to 0.9");
        refused("--fleet http://127.0.0.1", "is not an address such as mqtt://host:1883");
        refused("--fleet mqtt://127.0.0.1:1 --prefix a/+", "--prefix: a topic prefix has");
    }

    private void refused(String arguments, String why) {
        assertThat(run(arguments)).as(arguments).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains(why);
    }

    private int run(String arguments) {
        out = new StringWriter();
        err = new StringWriter();
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(("sim " + arguments).split(" ", -1));
    }
}
