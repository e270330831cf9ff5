package io.fulmar.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that nobody would write and that are there all the same; none of them may hang or fill the memory. */
@Timeout(120)
class BadFilesTest {
    private final Path dir;
    private final ConfigFolder folder;

    BadFilesTest(@TempDir Path dir) {
        this.dir = dir;
        folder = new ConfigFolder(dir);
    }

    @Test
    void aDeviceIsNotReadToItsEnd() {
        assertFails(Path.of("/dev/zero"), "it is a device, a pipe or a socket");
        assertFails(Path.of("/dev/null"), "it is a device, a pipe or a socket");
    }

    @Test
    void aPipeThatNobodyWritesIntoIsNotWaitedFor() throws Exception {
        Path pipe = pipe("device.toml");
        pipe("labels.fifo");
        pipe("password.fifo");

        assertFails(pipe, "it is a device, a pipe or a socket");
        assertThat(folder.texts(
                        folder.write("other.toml", ConfigFolder.GOOD.replace("labels.txt", "labels.fifo") + """
                        [mqtt]
                        url = "mqtts://b"
                        username = "u"
                        password_file = "password.fifo"
                        tls = { ca = "labels.fifo" }
                        """)))
                .contains(
                        "other.toml:9:1: model.0.labels: labels.fifo is a device, a pipe or a socket",
                        "other.toml:21:1: mqtt.password_file: cannot be read: it is a device, a pipe or a socket",
                        "other.toml:22:9: mqtt.tls.ca: labels.fifo: it is a device, a pipe or a socket");
    }

    @Test
    void aFileOf100MegabytesIsNotRead() throws IOException {
        Path file = dir.resolve("device.toml");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(100_000_000);
        }

        assertThat(folder.texts(file))
                .containsExactly("device.toml:1:1: is larger than 1MiB, so it is not a device's file");
    }

    @Test
    void aLinkToItselfAndAFileBelowAFileAreFailures() throws IOException {
        Path loop = Files.createSymbolicLink(dir.resolve("loop.toml"), Path.of("loop.toml"));

        assertFails(loop, "Too many levels of symbolic links");
        assertFails(dir.resolve("model.tflite/device.toml"), "there is no such file");
    }

    @Test
    void whatIsNestedTooDeeplyIsAProblem() {
        for (int depth : new int[] {Limits.NESTING + 1, 10_000}) {
            for (String text : List.of(
                    "[" + "a.".repeat(depth) + "a]\nb = 1\n",
                    "a." + "a.".repeat(depth) + "a = 1\n",
                    "a = " + "[".repeat(depth) + "]".repeat(depth),
                    "a = " + "{ a = ".repeat(depth) + "1" + " }".repeat(depth))) {
                assertThat(folder.texts(text))
                        .anySatisfy(problem -> assertThat(problem).containsIgnoringCase("nest"));
            }
        }
    }

    @Test
    void tenThousandTablesAreReadInTime() {
        StringBuilder text = new StringBuilder(ConfigFolder.GOOD);
        for (int i = 0; i < 10_000; i++) {
            text.append("[t").append(i).append("]\nk = 1\n");
        }

        assertThat(folder.problems(text.toString())).hasSize(Limits.PROBLEMS + 1);
    }

    @Test
    void aHundredThousandProblemsAreCountedAndNotListed() {
        assertThat(folder.problems("k = \n".repeat(100_000)))
                .hasSize(Limits.PROBLEMS + 1)
                .last()
                .satisfies(
                        last -> assertThat(last.message()).startsWith("and ").endsWith(" more problems, not listed"));
    }

    @Test
    void aQuotaThatTheDiskCannotHoldIsRefused() throws IOException {
        long disk = Files.getFileStore(dir).getTotalSpace();
        long tooMuch = (disk >> 20) + 1;
        org.assertj.core.api.Assumptions.assumeThat(disk).isBetween(1L, (1L << 40) - (1L << 21));

        assertThat(folder.texts(ConfigFolder.GOOD, Map.of("outbox.quota", tooMuch + "MiB")))
                .singleElement()
                .asString()
                .startsWith("--set:1:1: outbox.quota: is ")
                .contains(", but the disk of state has ")
                .endsWith(" in all");
    }

    @Test
    void filesThatAKeyNamesMustBePlainOnes() {
        assertThat(folder.texts(ConfigFolder.GOOD.replace("model.tflite", ".").replace("labels.txt", "/dev/zero")))
                .hasSize(2)
                .anySatisfy(text -> assertThat(text)
                        .startsWith("device.toml:7:1: model.0.file: ")
                        .endsWith(" is a directory"))
                .contains("device.toml:9:1: model.0.labels: /dev/zero is a device, a pipe or a socket");
    }

    private void assertFails(Path file, String reason) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(ConfigSources.of(file)))
                .withMessageStartingWith("cannot read configuration " + file + ": ")
                .withMessageContaining(reason)
                .satisfies(e -> assertThat(e.hint()).isNotBlank());
    }

    private Path pipe(String name) throws IOException, InterruptedException {
        Path pipe = dir.resolve(name);
        Process made = new ProcessBuilder(List.of("mkfifo", "-m", "600", pipe.toString())).start();
        assertThat(made.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(made.exitValue()).isZero();
        return pipe;
    }
}
