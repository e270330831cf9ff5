package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.model.pack.PackageReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A publisher without a login on the fleet's machine. */
class RemotePublishIT {
    private static final Path SAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("models/samples/bearing-condition");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @BeforeEach
    void start() throws Exception {
        fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("data")));
        Files.copy(dir.resolve("data/admin.token"), dir.resolve("admin"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(run("model", "pack", SAMPLE.toString(), "-o", at("p"))).isZero();
        for (String role : List.of("publisher", "operator")) {
            assertThat(away("admin", "token", "create", role, "--role", role)).isZero();
            Files.createFile(
                    dir.resolve(role),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(dir.resolve(role), out.toString());
        }
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void aPackageIsSentCheckedAndPublishedOnce() {
        assertThat(away("operator", "publish", at("p"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("This needs the role publisher, and yours is operator");
        assertThat(new Catalog(dir.resolve("data")).list()).isEmpty();

        assertThat(away("publisher", "publish", at("p"))).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("bearing-condition 1.0.0, release 1: published", "cases passed");
        assertThat(new Catalog(dir.resolve("data")).list())
                .singleElement()
                .satisfies(it -> assertThat(it.manifestDigest())
                        .isEqualTo(PackageReader.open(dir.resolve("p")).manifestDigest()));
        assertThat(away("publisher", "publish", at("p"))).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("was published before; nothing has changed");
    }

    @Test
    void whatTheFleetsReleasersHaveNotSignedIsRefused() {
        assertThat(run("model", "keygen", at("anna.key"))).isZero();
        assertThat(run("fleet", "key", "trust", at("data/trust.json"), "--release", at("anna.key.pub")))
                .isZero();
        assertThat(away("publisher", "publish", at("p"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("has no release statement").doesNotContain(at("data"));
        assertThat(new Catalog(dir.resolve("data")).list()).isEmpty();

        assertThat(run("model", "sign", at("p"), "--key", at("anna.key"))).isZero();
        assertThat(away("publisher", "publish", at("p"))).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("by enough keys of the role release");
    }

    @Test
    void aReleaseThatWasWithdrawnIsShownAndNotAssigned() throws Exception {
        assertThat(away("publisher", "publish", at("p"))).isEqualTo(ExitCode.OK);
        assertThat(away("operator", "yank", "bearing-condition:1.0.0", "--reason", "never sure"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(away("publisher", "yank", "bearing-condition", "--reason", "never sure"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(away("publisher", "yank", "bearing-condition:9.9.9", "--reason", "never sure"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("was not published to this fleet");
        assertThat(away("publisher", "yank", "bearing-condition:1.0.0", "--reason", "never sure"))
                .isEqualTo(ExitCode.OK);
        assertThat(away("operator", "models")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("withdrawn");

        String data = at("data");
        for (String name : List.of("bearing-condition", "bearing-condition@1")) {
            assertThat(run("fleet", "assign", name, "--all", "--data", data)).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString())
                    .contains("bearing-condition 1.0.0 (release 1) was withdrawn by publisher: never sure");
        }
        Path plan = Files.writeString(dir.resolve("plan.toml"), """
                name = "r"
                target = "exists id"
                release = { model = "bearing-condition", version = "1.0.0" }
                waves = [ { devices = 1 } ]
                """);
        assertThat(away("operator", "rollout", "create", plan.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("was withdrawn by publisher: never sure");

        assertThat(run("fleet", "yank", "bearing-condition@1", "--undo", "--data", data))
                .isEqualTo(ExitCode.OK);
        assertThat(run("fleet", "models", "--data", data)).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("good").doesNotContain("withdrawn");
    }

    private String at(String name) {
        return dir.resolve(name).toString();
    }

    private int away(String who, String... arguments) {
        List<String> all = new ArrayList<>(List.of("fleet"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--url", "http://127.0.0.1:" + fleet.httpPort(), "--token-file", at(who)));
        return run(all.toArray(String[]::new));
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        return FulmarCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }
}
