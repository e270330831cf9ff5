package io.fulmar.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CheckConfigCommandTest {
    private static final Path EXAMPLE =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("device-config/examples/simulated.toml");

    private final StringWriter out = new StringWriter();

    @Test
    void aFileWithoutProblemsIsOkInOneLine() {
        assertThat(run(EXAMPLE.toString(), "--set", "device.id=d=7")).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString()).startsWith("--set:1:1: device.id: ");
        out.getBuffer().setLength(0);

        assertThat(run(EXAMPLE.toString(), "--set", "device.id=d7")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .startsWith("OK " + EXAMPLE + ": device d7, broker mqtt://127.0.0.1:1883")
                .contains("pipeline vibration runs bearing-condition")
                .hasLineCount(1);
    }

    @Test
    void eachProblemIsALineWithFileLineAndColumn(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("d.toml"), "[device]\nid = \"a b\"\n[mqtt]\nprefx = \"x\"\n");

        assertThat(run(file.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString().lines())
                .contains(
                        file + ":2:1: device.id: expected 1 to 64 of A-Z a-z 0-9 . _ -",
                        file
                                + ":4:1: mqtt.prefx: is not a key here; known are url, prefix, keep_alive, connect_timeout,"
                                + " backoff_min, backoff_max, tls, username, password_file, trial (did you mean prefix?)");
    }

    @Test
    void programsGetTheSameAsJson(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("d.toml"), "[devise]\n");

        assertThat(run(file.toString(), "--json")).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString())
                .contains("\"ok\":false")
                .contains("\"line\":1,\"column\":1,\"key\":\"devise\"")
                .contains("\"suggestion\":\"device\"");
        out.getBuffer().setLength(0);
        assertThat(run(EXAMPLE.toString(), "--json")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("\"ok\":true,\"problems\":[]");
    }

    @Test
    void theConfigurationOfAllLayersIsShownWithWhereEachKeyWasSaid(@TempDir Path dir) throws IOException {
        Path remote = Files.writeString(dir.resolve("r.toml"), "log.level = \"warn\"\n");

        assertThat(run(
                        EXAMPLE.toString(),
                        "--effective",
                        "--remote",
                        remote.toString(),
                        "--set",
                        "pipeline.vibration.source.rate=3"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString().lines())
                .contains(
                        "level = \"warn\"  # " + remote + ":1",
                        "rate = 3  # --set:1",
                        "id = \"simulated-1\"  # " + EXAMPLE + ":5",
                        "prefix = \"fulmar/v1\"  # default");
    }

    @Test
    void whatTheFleetMayNotSayIsFoundBeforeItIsSent(@TempDir Path dir) throws IOException {
        Path remote = Files.writeString(dir.resolve("r.toml"), "outbox.quota = \"1MiB\"\n");

        assertThat(run(EXAMPLE.toString(), "--remote", remote.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString()).startsWith(remote + ":1:1: outbox.quota: can only be said by the device's own file");
    }

    @Test
    void thePinsOfTheBoardAreListed() {
        assertThat(run(EXAMPLE.toString(), "--board-pins")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .startsWith("The configuration names no board.")
                .contains("raspberry-pi-5");
        out.getBuffer().setLength(0);

        assertThat(run(EXAMPLE.toString(), "--board-pins", "--set", "device.board=raspberry-pi-5"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .startsWith("Raspberry Pi 5 (")
                .contains("3     2     i2c1 sda")
                .contains("uart0  /dev/ttyAMA0");
        out.getBuffer().setLength(0);

        assertThat(run(EXAMPLE.toString(), "--board-pins", "--set", "device.board=generic-x86-64"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("no pins");
    }

    private int run(String... args) {
        return new CommandLine(new CheckConfigCommand())
                .setOut(new PrintWriter(out))
                .execute(args);
    }
}
