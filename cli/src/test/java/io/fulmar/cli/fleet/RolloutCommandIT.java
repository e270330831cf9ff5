package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rollouts and labels from the command line, against a running service whose devices are away. */
class RolloutCommandIT {
    private static final String PLAN = """
            name = "brighter"
            target = "site = kiel"
            [config]
            toml = "x = 1"
            [[waves]]
            devices = 1
            approval = true
            [[waves]]
            percent = 100
            errors = { percent = 5.5, minimum = 20 }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @Test
    void devicesAreLabelledAndChosenAndARolloutIsMadeShownAndEnded() throws Exception {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")))) {
            assertThat(fleet.httpPort()).isPositive();
            devices();
            label();
            Path plan = dir.resolve("plan.toml");
            Files.writeString(plan, PLAN);
            succeeds("rollout", "create", plan.toString(), "--dry-run");
            assertThat(out.toString()).contains("2 devices fit; nothing was changed", "wave 1: 1", "wave 2: 1");
            succeeds("rollout", "list");
            assertThat(out.toString()).doesNotContain("brighter");

            succeeds("rollout", "create", plan.toString());
            assertThat(out.toString())
                    .contains("r1  brighter  (configuration)", "wave 2", "(not open)", "fulmar fleet rollout watch r1");
            succeeds("rollout", "list");
            assertThat(out.toString()).contains("r1", "brighter", "running");
            succeeds("rollout", "show", "r1", "--devices");
            assertThat(out.toString()).contains("press-1", "press-2", "pending", "administrator");
            succeeds("rollout", "show", "r1", "--json");
            assertThat(out.toString()).contains("\"toldAfterHalt\" : 0", "\"percent\" : 5.5");
            succeeds("rollout", "pause", "r1");
            assertThat(out.toString()).contains("r1 brighter is paused");
            fails("rollout", "pause", "r1");
            assertThat(err.toString()).contains("rollout r1 is paused, and so cannot be paused");
            succeeds("rollout", "resume", "r1");
            fails("rollout", "approve", "r1");
            succeeds("rollout", "abort", "r1");
            fails("rollout", "watch", "r1");
            assertThat(out.toString()).contains("ABORTED", "left out");
            fails("rollout", "show", "r7");
            assertThat(err.toString()).contains("There is no rollout with the id r7");
        }
    }

    private void label() {
        succeeds("label", "press-1", "site=kiel", "line=3");
        assertThat(out.toString()).contains("line=3 site=kiel");
        succeeds("label", "press-1", "line-");
        succeeds("label", "press-2", "site=kiel");
        succeeds("label", "--where", "site = kiel and not exists line");
        assertThat(out.toString()).contains("press-1", "press-2").doesNotContain("press-3");
        fails("label", "--where", "site = kiel andd x = 1");
        assertThat(err.toString()).contains("character 13: expected 'and', 'or' or the end");
        fails("label", "press-1", "online=true");
        assertThat(err.toString()).contains("the label 'online' is what the fleet knows by itself");
        fails("label", "press-9", "site=kiel");
        assertThat(err.toString()).contains("no device 'press-9' is known here");
    }

    @Test
    void aPlanThatIsWrongIsToldWithItsPlace() throws Exception {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")))) {
            assertThat(fleet.httpPort()).isPositive();
            Path plan = dir.resolve("plan.toml");
            Files.writeString(plan, PLAN.replace("minimum", "minimun"));
            fails("rollout", "create", plan.toString());
            assertThat(err.toString()).contains("wave 2, 'errors' has an unknown property 'minimun'");
            Files.writeString(plan, PLAN + "x = [");
            fails("rollout", "create", plan.toString());
            assertThat(err.toString()).contains("plan.toml");
            fails("rollout", "create", "--release", "none", "--where", "all");
            assertThat(err.toString()).contains("no release of a model 'none' was published to this fleet");
            assertThat(run("rollout", "create", "--release", "none")).isEqualTo(ExitCode.USAGE);
            assertThat(run("rollout", "create")).isEqualTo(ExitCode.USAGE);
        }
    }

    private void devices() throws Exception {
        try (var database = Database.in(dir.resolve("data"));
                Session session = database.openWriter();
                var insert = session.prepare("INSERT INTO device (id, first_seen, last_seen) VALUES (?, 1, 1)")) {
            for (String device : List.of("press-1", "press-2", "press-3")) {
                insert.setString(1, device);
                insert.executeUpdate();
            }
        }
    }

    private void succeeds(String... arguments) {
        assertThat(run(arguments)).as(err.toString()).isEqualTo(ExitCode.OK);
    }

    private void fails(String... arguments) {
        assertThat(run(arguments)).as(out.toString()).isEqualTo(ExitCode.FAILED);
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", dir.resolve("data").toString()));
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }
}
