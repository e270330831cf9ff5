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
                                + " backoff_min, backoff_max (did you mean prefix?)");
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

    private int run(String... args) {
        return new CommandLine(new CheckConfigCommand())
                .setOut(new PrintWriter(out))
                .execute(args);
    }
}
