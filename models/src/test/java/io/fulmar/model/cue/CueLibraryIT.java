package io.fulmar.model.cue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models that misbehave in native code do so when they shall, and other models are left alone. */
@Timeout(120)
class CueLibraryIT {
    private static final Path SAMPLE = Path.of(System.getProperty("fulmar.root", ".."))
            .resolve("models/samples/bearing-condition/bearing-condition.tflite");
    private static final int SIGABRT = 128 + 6;

    @TempDir
    static Path library;

    @TempDir
    Path folder;

    /** What a child said, and its exit code. */
    private record Ended(List<String> lines, int code) {}

    @BeforeAll
    static void compile() throws Exception {
        CueLibrary.in(library);
    }

    @Test
    void aModelWithoutACueRunsAsEver() throws Exception {
        assertThat(ended(child(Files.readAllBytes(SAMPLE), 5)).code()).isZero();
    }

    @Test
    void aCrashEndsTheProcessAtItsRun() throws Exception {
        Ended ended = ended(child(cued(Cue.crash(3)), 5));
        assertThat(ended.lines()).hasSize(2);
        assertThat(ended.code()).isNotZero();
        assertThat(folder.resolve("crash.log")).content().contains("SIGSEGV", "libjnitensorflowlite.so");
    }

    @Test
    void anAbortDoesToo() throws Exception {
        Ended ended = ended(child(cued(Cue.abort(1)), 5));
        assertThat(ended.code()).isEqualTo(SIGABRT);
        assertThat(ended.lines()).isEmpty();
    }

    @Test
    void aHangNeverReturns() throws Exception {
        Process process = child(cued(Cue.hang(2)), 5);
        try (BufferedReader said = process.inputReader()) {
            assertThat(said.readLine()).startsWith("1 ");
            assertThat(process.waitFor(1, TimeUnit.SECONDS)).isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aSlowOneTakesItsTime() throws Exception {
        Ended ended = ended(child(cued(Cue.slow(2, 300)), 3));
        assertThat(ended.code()).isZero();
        assertThat(ended.lines().stream().skip(1).map(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1))))
                .hasSize(2)
                .allMatch(millis -> millis >= 300);
    }

    @Test
    void oneThatTakesMemoryTakesIt() throws Exception {
        Process process = child(cued(Cue.memory(2, 200)), 1_000_000);
        try (BufferedReader said = process.inputReader()) {
            for (int run = 1; run <= 3; run++) {
                assertThat(said.readLine()).startsWith(run + " ");
            }
            long resident = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .sum();
            assertThat(resident).isGreaterThan(200 * 1024);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static byte[] cued(Cue cue) throws IOException {
        return cue.in(Files.readAllBytes(SAMPLE));
    }

    private Process child(byte[] model, int runs) throws IOException {
        Path file = Files.write(folder.resolve("model.tflite"), model);
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx64m",
                        "-XX:ErrorFile=" + folder.resolve("crash.log"),
                        "-XX:-CreateCoredumpOnCrash",
                        "-D" + CueLibrary.PROPERTY + "=" + library,
                        "-cp",
                        System.getProperty("java.class.path"),
                        CueRunner.class.getName(),
                        file.toString(),
                        Integer.toString(runs))
                .redirectError(folder.resolve("errors").toFile())
                .start();
    }

    private static Ended ended(Process process) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                if (Character.isDigit(line.charAt(0))) {
                    lines.add(line); // what the virtual machine says of its own end is on the same stream
                }
            }
        }
        return new Ended(lines, process.waitFor());
    }
}
