package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an administrator hands out tokens, against a running service. */
class TokenCommandIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @Test
    void onTheFleetsMachineTokensAreMadeShownAndRevokedWithoutNamingOne() throws Exception {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(data()))) {
            assertThat(run("create", "line 3", "--role", "viewer", "--expires", "90d", "--data", data().toString()))
                    .isEqualTo(ExitCode.OK);
            String token = out.toString().strip();
            assertThat(token).matches("fulmar_[0-9a-f]{12}_[0-9a-f]{64}");
            String id = token.split("_", -1)[1];

            assertThat(run("list", "--data", data().toString())).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("line 3", "viewer", "good", "administrator on the fleet's machine");
            assertThat(run("list", "--json", "--data", data().toString())).isEqualTo(ExitCode.OK);
            assertThat(out.toString().lines().toList()).hasSize(2).allMatch(line -> line.startsWith("{\"id\":\""));

            assertThat(run("list", "--url", url(fleet), "--token-file", file(token)))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("This needs the role admin, and yours is viewer");
            assertThat(run("revoke", id, "--data", data().toString())).isEqualTo(ExitCode.OK);
            assertThat(run("list", "--url", url(fleet), "--token-file", file(token)))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("The token is not known, or was revoked, or has expired");
            assertThat(run("revoke", "nobody", "--data", data().toString())).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("There is no token with the id nobody");
        }
    }

    @Test
    void saysWhatIsMissingWhereItCannotReachOrUseAService() throws Exception {
        assertThat(run("list", "--data", data().toString())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("no fleet service is running", "fulmar fleet serve");
        String there;
        try (var fleet = Fleet.open(FleetConfig.inDirectory(data()))) {
            there = url(fleet);
            assertThat(run("list", "--url", there)).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("This needs a token", "--token-file");
            assertThat(run("create", "x", "--role", "king", "--data", data().toString()))
                    .isEqualTo(ExitCode.USAGE);
            assertThat(err.toString()).contains("metrics, viewer, operator, publisher, admin");
        }
        assertThat(run("list", "--url", there)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("does not answer");
        assertThat(run("list", "--url", "fleet.example.com")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("is no address of a service");
    }

    private Path data() {
        return dir.resolve("data");
    }

    private static String url(Fleet fleet) {
        return "http://127.0.0.1:" + fleet.httpPort();
    }

    private String file(String token) throws Exception {
        Path file = dir.resolve("token");
        Files.writeString(file, token + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("fleet", "token"));
        all.addAll(List.of(arguments));
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }
}
