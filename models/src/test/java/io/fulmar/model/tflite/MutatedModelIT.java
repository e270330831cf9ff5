package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged models that pass the check do not end the process that runs them. */
class MutatedModelIT {
    private static final long TIMEOUT_SECONDS = 900;

    @Test
    void damagedModelsThatPassTheCheckDoNotEndTheProcess(@TempDir Path folder) throws Exception {
        run(0, 10_000, folder);
    }

    @Test
    @Tag("long")
    void manyMoreDamagedModelsDoNotEither(@TempDir Path folder) throws Exception {
        run(10_000, 100_000, folder);
    }

    private void run(long from, long to, Path folder) throws Exception {
        Path progress = folder.resolve("progress");
        List<Long> crashes = new ArrayList<>();
        long ran = 0;
        long refused = 0;
        for (long next = from; next < to; ) {
            int code = child(next, to, progress, folder);
            try (RandomAccessFile file = new RandomAccessFile(progress.toFile(), "r")) {
                long reached = file.readLong();
                ran += file.readLong();
                refused += file.readLong();
                if (code != 0) {
                    crashes.add(reached);
                }
                next = code == 0 ? to : reached + 1;
            }
        }
        System.out.println("mutations " + from + " to " + to + ": " + ran + " ran, " + refused
                + " refused by the native library, the process ended at " + crashes);
        assertThat(crashes).as("mutations that ended the process").isEmpty();
        assertThat(ran).isPositive();
    }

    private int child(long from, long to, Path progress, Path folder) throws IOException, InterruptedException {
        Files.deleteIfExists(progress);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx512m",
                        "-XX:ErrorFile=" + folder.resolve("crash.log"),
                        "-XX:-CreateCoredumpOnCrash",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MutatedModelRunner.class.getName(),
                        Long.toString(from),
                        Long.toString(to),
                        progress.toString(),
                        TestData.folder().toString())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(folder.resolve("output").toFile()))
                .start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("the child did not end; see mutation in " + progress);
        }
        return process.exitValue();
    }
}
