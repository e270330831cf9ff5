package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.SourceTally;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.NumberBytes;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Output;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.StreamForm;
import io.fulmar.config.SourceSettings.Waiting;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real commands on real threads. */
class ExecSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path dir;
    private final Interpreter model = Interpreter.open(
            ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                    .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
            InterpreterOptions.DEFAULT);
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final Semaphore bell = new Semaphore(0);

    ExecSourceTest(@TempDir Path dir) {
        this.dir = dir;
    }

    /** Whatever happened, no thread and no process is left. */
    @AfterEach
    void closed() throws InterruptedException {
        model.close();
        for (Thread thread : threads) {
            assertThat(thread.join(PATIENCE)).as(thread.getName()).isTrue();
        }
        await(() -> ProcessHandle.current().descendants().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void picturesAreCutByTheirSizeAndTheRestOfOneIsNoFrame() throws IOException {
        byte[] bytes = new byte[2 * 18 + 5];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Files.write(dir.resolve("raw"), bytes);
        try (Source source = open(command(Output.RGB24, "cat", "raw"))) {
            assertThat(source.form()).isEqualTo(new FrameForm.Image(3, 2));
            for (int i = 0; i < 2; i++) {
                Content.Image image = (Content.Image) frame(source).content();
                assertThat(image.width()).isEqualTo(3);
                assertThat(image.rgb()).isEqualTo(Arrays.copyOfRange(bytes, 18 * i, 18 * i + 18));
            }
            frame(source);
            assertThat(source.tally().restarts())
                    .as("it ended and was started again")
                    .isPositive();
        }
    }

    @Test
    void soundIsLittleEndianAndGoesFromMinusOneToOne() throws IOException {
        Files.write(dir.resolve("raw"), new byte[] {0, 0, 0, 0x40, 0, (byte) 0x80, (byte) 0xFF, 0x7F});
        try (Source source = open(command(Output.S16LE, "cat", "raw"))) {
            Content.Audio audio = (Content.Audio) frame(source).content();
            assertThat(audio.rate()).isEqualTo(8_000);
            assertThat(audio.samples()).containsExactly(0, 0.5f, -1, 32_767 / 32_768f);
        }
    }

    @Test
    void eachRowIsAFrameAndAMalformedOneIsAFailure() {
        try (Source source = open(command(Output.CSV, "printf", "x,y\\n1,2\\n3\\n4;5\\n"))) {
            // what was malformed is told first, as it must not be lost where frames are
            List<String> seen = List.of(next(source), next(source), next(source));
            assertThat(seen).containsExactlyInAnyOrder("[1.0, 2.0]", "[4.0, 5.0]", "line 3 has 1 values, expected 2");
            assertThat(source.tally().refused()).isEqualTo(1);
        }
    }

    @Test
    void eachLineOfJsonIsAFrameToo() {
        try (Source source =
                open(command(Output.JSONL, "printf", "{\"x\":1,\"y\":[2]}\\n{\"x\":3}\\n{\"y\":4,\"x\":0}\\n"))) {
            assertThat(List.of(next(source), next(source), next(source)))
                    .containsExactlyInAnyOrder("[1.0, 2.0]", "[0.0, 4.0]", "line 2 has nothing at $.y");
        }
    }

    @Test
    void aProgramThatRunsForOneFrameIsRunAgainAndAgain() {
        try (Source source = open(command(Output.CSV, "printf", "1,2\\n"))) {
            for (int i = 0; i < 5; i++) {
                assertThat(next(source)).isEqualTo("[1.0, 2.0]");
            }
            assertThat(source.tally().restarts()).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void whatTheCommandSaidLastIsInTheFailure() {
        try (Source source = open(command(Output.CSV, "ls", "/nowhere/at/all"))) {
            for (int i = 0; i < 2; i++) {
                assertThat(next(source))
                        .startsWith("ls ended with code 2: ")
                        .contains("/nowhere/at/all")
                        .endsWith(", without a frame");
            }
        }
    }

    @Test
    void aProgramThatIsNotThereIsAFailureUntilItComes() throws IOException {
        try (Source source = open(command(Output.CSV, "./later"))) {
            assertThat(next(source)).isEqualTo("cannot start ./later: there is no file " + dir.resolve("./later"));
            Files.copy(Path.of("/bin/cat"), dir.resolve("later.new"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            Files.move(dir.resolve("later.new"), dir.resolve("later"));
            await(() -> next(source).startsWith("./later ended with code 0, without a frame"));
        }
    }

    @Test
    void aCommandIsNoShellLineAndHasNothingToRead() {
        try (Source source = open(command(Output.CSV, "printf", "%s\\n", "$HOME;1"))) {
            assertThat(next(source)).contains("\"$HOME\", not a number");
        }
        try (Source source = open(command(Output.CSV, "cat"))) {
            assertThat(next(source)).as("its input is empty").startsWith("cat ended with code 0");
        }
    }

    @Test
    void aCommandThatGivesNothingIsStartedAnew() {
        SourceSettings.Exec stuck = command(Output.CSV, Overflow.BLOCK, Duration.ofMillis(300), "sleep", "1000");
        try (Source source = open(stuck)) {
            for (int i = 0; i < 2; i++) {
                assertThat(next(source)).isEqualTo("sleep is started anew, as it has given no frame for 0.3 s");
            }
            await(() -> {
                poll(source);
                return source.tally().restarts() >= 2;
            });
        }
    }

    @Test
    void allThatACommandHasStartedEndsWithTheSource() {
        try (Source source = open(command(Output.CSV, "timeout", "1000", "sleep", "1000"))) {
            await(() -> {
                poll(source);
                return ProcessHandle.current().descendants().count() == 2;
            });
        }
    }

    @Test
    void whatHasOutlivedWhoeverStartedItEndsToo() throws IOException {
        Path script = dir.resolve("orphan");
        Files.writeString(script, "#!/bin/sh\nsleep 1000 &\necho $! > pid\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        Path pid = dir.resolve("pid");
        long orphan;
        try (Source source = open(command(Output.CSV, "./orphan"))) {
            await(() -> {
                poll(source);
                return Files.isRegularFile(pid) && !Rows.isHeader(read(pid));
            });
            orphan = Long.parseLong(read(pid).strip());
        }
        await(() -> ProcessHandle.of(orphan).filter(ProcessHandle::isAlive).isEmpty());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whereTheNewestFramesCountTheOldestGiveWay() {
        try (Source source = open(command(Output.CSV, Overflow.DROP_OLDEST, null, "yes", "1,2"))) {
            long before = frame(source).number();
            await(() -> source.tally().dropped() > before + 1_000);
            assertThat(frame(source).number())
                    .as("its number tells of those that gave way")
                    .isGreaterThan(before + 1_000);
        }
    }

    @Test
    void whereEachFrameCountsTheCommandWaits() {
        try (Source source = open(command(Output.CSV, Overflow.BLOCK, null, "yes", "1,2"))) {
            for (int i = 1; i <= 5_000; i++) {
                assertThat(frame(source).number()).isEqualTo(i);
            }
            assertThat(source.tally()).isEqualTo(SourceTally.NOTHING);
        }
    }

    @Test
    void aSourceThatNobodyEverAskedHasStartedNothing() {
        open(command(Output.CSV, "yes")).close();
        assertThat(threads).isEmpty();
    }

    private SourceSettings.Exec command(Output format, String... command) {
        return command(format, Overflow.BLOCK, null, command);
    }

    private SourceSettings.Exec command(Output format, Overflow overflow, @Nullable Duration stale, String... command) {
        return new SourceSettings.Exec(
                List.of(command),
                dir,
                new StreamForm(
                        format, 3, 2, 8_000, 4, new Numbers(2, List.of("$.x", "$.y")), 1 << 20, NumberBytes.PLAIN),
                new Waiting(4, overflow, stale),
                Duration.ofMillis(10));
    }

    private Source open(SourceSettings.Exec settings) {
        return Sources.open(
                settings,
                model.input(0),
                new SourcePlace(
                        "test", dir, (name, work) -> threads.add(Thread.startVirtualThread(work)), bell::release),
                Hardware.none());
    }

    private Frame frame(Source source) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Frame frame = source.poll(System.nanoTime());
            if (frame != null) {
                return frame;
            }
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            rest();
        }
    }

    /** The next row or failure. */
    private String next(Source source) {
        List<String> seen = new ArrayList<>();
        await(() -> {
            String it = poll(source);
            if (it != null) {
                seen.add(it);
            }
            return it != null;
        });
        return seen.getFirst();
    }

    private static @Nullable String poll(Source source) {
        try {
            Frame frame = source.poll(System.nanoTime());
            return frame == null ? null : Arrays.toString(frame.values());
        } catch (SourceException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            rest();
        }
    }

    /** Until the source rings, or a moment. */
    private void rest() {
        try {
            if (bell.tryAcquire(20, TimeUnit.MILLISECONDS)) {
                bell.drainPermits();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
