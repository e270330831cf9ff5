package io.fulmar.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.AgentMain;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FulmarCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fulmar agent doctor}, as a person and as a script see it. */
class DoctorCommandIT {
    @TempDir
    private Path dir;

    private final StringWriter out = new StringWriter();

    private int doctor(String url, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "agent",
                "doctor",
                "--config",
                Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml")
                        .toString(),
                "--set",
                "state.dir=" + dir,
                "--set",
                "mqtt.url=" + url));
        words.addAll(List.of(more));
        return FulmarCommand.commandLine().setOut(new PrintWriter(out)).execute(words.toArray(String[]::new));
    }

    @Test
    void aMachineThatIsFitIsToldSoLineByLine() throws IOException {
        try (ServerSocket broker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(doctor("mqtt://127.0.0.1:" + broker.getLocalPort()))
                    .as(out.toString())
                    .isEqualTo(ExitCode.OK);
        }
        assertThat(out.toString())
                .contains("ok       architecture")
                .contains("ok       inference      TensorFlow Lite")
                .contains("ok       store ")
                .contains("ok       broker ")
                .contains("0 failures");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aFailureHasAHintAndAnExitCode() {
        assertThat(doctor("mqtt://broker.invalid:1883")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString())
                .contains("failure  broker ")
                .contains("  hint: check the name in mqtt.url")
                .contains("1 failure,");
    }

    @Test
    void aScriptGetsOneObjectALine() {
        assertThat(doctor("mqtt://broker.invalid:1883", "--json")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString().lines())
                .allMatch(line -> line.startsWith("{\"check\":\"") && line.endsWith("}"))
                .anyMatch(line -> line.startsWith("{\"check\":\"architecture\",\"verdict\":\"ok\",\"text\":\"")
                        && line.endsWith("\"advice\":null}"))
                .anyMatch(line -> line.startsWith("{\"check\":\"broker\",\"verdict\":\"failure\",\"text\":\""));
    }

    @Test
    void aConfigurationThatIsWrongIsAFailureAmongOthers() {
        assertThat(doctor("http://nonsense")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString())
                .contains("failure  configuration")
                .contains("mqtt.url")
                .contains("architecture");
    }

    @Test
    void aLibraryThatIsMissingIsAFailure() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dfulmar.native.dir=" + dir,
                        "-cp",
                        System.getProperty("java.class.path"),
                        AgentMain.class.getName(),
                        "doctor")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(ExitCode.FAILED);
        assertThat(output)
                .contains("failure  inference")
                .contains(dir.toString())
                .contains("no such file");
        assertThat(dir).isEmptyDirectory();
    }
}
