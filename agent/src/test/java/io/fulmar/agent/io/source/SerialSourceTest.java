package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.Element;
import io.fulmar.config.SourceSettings.Flow;
import io.fulmar.config.SourceSettings.NumberBytes;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Output;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.Parity;
import io.fulmar.config.SourceSettings.SerialLine;
import io.fulmar.config.SourceSettings.StreamForm;
import io.fulmar.config.SourceSettings.Waiting;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real bytes through a pair of pseudo-terminals: {@code far} is the sensor's end of the cable, {@code near} the agent's. */
class SerialSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path far;
    private final Path near;
    private final Interpreter model = Interpreter.open(
            ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                    .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
            InterpreterOptions.DEFAULT);
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private @Nullable Process cable;

    SerialSourceTest(@TempDir Path dir) {
        far = dir.resolve("far");
        near = dir.resolve("near");
    }

    @BeforeEach
    void socat() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/socat")), "socat is not installed: skipped");
    }

    @AfterEach
    void closed() throws InterruptedException {
        model.close();
        pullOut();
        for (Thread thread : threads) {
            assertThat(thread.join(PATIENCE)).as(thread.getName()).isTrue();
        }
    }

    @Test
    void eachLineIsAFrameFromTheFirstWholeOneOn() throws IOException {
        plugIn();
        try (Source source = open(Output.CSV);
                OutputStream sensor = new FileOutputStream(far.toFile())) {
            settle(source, sensor, "0,0\n");
            say(sensor, "1,");
            assertThat(poll(source)).as("half a line is no frame").isNull();
            say(sensor, "2\n3");
            assertThat(next(source)).isEqualTo("[1.0, 2.0]");
            say(sensor, ",4\r\nsensor ready\n5,6\n");
            assertThat(List.of(next(source), next(source), next(source)))
                    .contains("[3.0, 4.0]", "[5.0, 6.0]")
                    .anyMatch(it -> it.endsWith("is \"sensor ready\", not a number"));
            assertThat(source.tally().refused()).isEqualTo(1);
        }
    }

    @Test
    void allBytesComeThroughAsTheyWereSent() throws IOException {
        plugIn();
        try (Source source = open(Output.RAW);
                OutputStream sensor = new FileOutputStream(far.toFile())) {
            byte[] zeros = HexFormat.of().parseHex("AA5500000000");
            await("nothing comes", () -> {
                write(sensor, zeros);
                return poll(source);
            });
            while (poll(source) != null) {
                rest();
            }
            // what a terminal would take for itself: end of line, interrupt, end of file, stop, start, erase
            write(sensor, HexFormat.of().parseHex("AA550A0D0304" + "AA5513117F1C"));
            assertThat(last(source, "[4371.0, 7295.0]")).contains("[3338.0, 1027.0]");
        }
    }

    @Test
    void anAdapterThatIsPulledOutIsReadAgainWhenItIsBack() throws IOException, InterruptedException {
        plugIn();
        try (Source source = open(Output.CSV)) {
            try (OutputStream sensor = new FileOutputStream(far.toFile())) {
                settle(source, sensor, "0,0\n");
                say(sensor, "1,2\n3,");
                assertThat(next(source)).isEqualTo("[1.0, 2.0]");
            }
            pullOut();
            assertThat(next(source)).isIn(near + " is gone", near + " cannot be read: Input/output error");
            assertThat(next(source)).startsWith("there is no port " + near + "; ");

            plugIn();
            try (OutputStream sensor = new FileOutputStream(far.toFile())) {
                List<String> seen = until(source, sensor, "4\n5,6\n", "[5.0, 6.0]");
                assertThat(seen).noneMatch(it -> it.contains("3.0") || it.contains("4.0"));
            }
            assertThat(source.tally().restarts()).isEqualTo(1);
        }
    }

    @Test
    void aPortThatIsSilentIsOpenedAnew() throws IOException {
        plugIn();
        try (Source source = open(settings(Output.CSV, near, Duration.ofMillis(300)))) {
            for (int i = 0; i < 2; i++) {
                assertThat(next(source)).isEqualTo(near + " is opened anew, as it has brought no frame for 0.3 s");
            }
            await("it is never opened anew", () -> {
                poll(source);
                return source.tally().restarts() > 0 ? "again" : null;
            });
            assertThat(source.tally().stale()).isTrue();
        }
    }

    @Test
    void aPortThatThereIsNotIsNamedWithThoseThatThereAre() {
        try (Source source = open(settings(Output.CSV, Path.of("/dev/ttyUSB77"), null))) {
            assertThat(next(source))
                    .matches("there is no port /dev/ttyUSB77; (this machine has none|there are /dev/.*)");
        }
    }

    @Test
    void whatIsNoSerialPortIsRefused() throws IOException {
        Path file = Files.writeString(near, "1,2\n");
        try (Source source = open(settings(Output.CSV, file, null))) {
            assertThat(next(source)).isEqualTo(file + " is no serial port: Inappropriate ioctl for device");
        }
    }

    @Test
    void theOldestGiveWayWhereTheyComeTooFast() throws IOException {
        plugIn();
        try (Source source = open(Output.CSV);
                OutputStream sensor = new FileOutputStream(far.toFile())) {
            settle(source, sensor, "0,0\n");
            await("nothing gave way", () -> {
                say(sensor, "1,2\n");
                return source.tally().dropped() > 100 ? "dropped" : null;
            });
            assertThat(next(source)).isEqualTo("[1.0, 2.0]");
            assertThat(source.frameNumber()).isGreaterThan(100);
        }
    }

    private void plugIn() throws IOException {
        cable = new ProcessBuilder("socat", "pty,raw,echo=0,link=" + far, "pty,raw,echo=0,link=" + near)
                .inheritIO()
                .start();
        await("the cable is not there", () -> Files.exists(far) && Files.exists(near) ? "there" : null);
    }

    private void pullOut() throws InterruptedException {
        Process running = cable;
        if (running != null) {
            running.destroy();
            assertThat(running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Until the port is open and nothing of that waits any more. */
    private void settle(Source source, OutputStream sensor, String line) {
        await("nothing comes", () -> {
            say(sensor, line);
            return poll(source);
        });
        say(sensor, "99,99\n");
        last(source, "[99.0, 99.0]");
    }

    /** Says it again and again until that has come; returns all that came. */
    private List<String> until(Source source, OutputStream sensor, String text, String wanted) {
        List<String> seen = new ArrayList<>();
        await(wanted, () -> {
            say(sensor, text);
            String it = poll(source);
            if (it != null) {
                seen.add(it);
            }
            return wanted.equals(it) ? it : null;
        });
        return seen;
    }

    /** All that comes until that has come. */
    private List<String> last(Source source, String wanted) {
        List<String> seen = new ArrayList<>();
        await(wanted, () -> {
            String it = poll(source);
            if (it != null) {
                seen.add(it);
            }
            return wanted.equals(it) ? it : null;
        });
        return seen;
    }

    private String next(Source source) {
        return await("nothing comes", () -> poll(source));
    }

    private static void say(OutputStream sensor, String text) {
        write(sensor, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void write(OutputStream sensor, byte[] bytes) {
        try {
            sensor.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Source open(Output format) {
        return open(settings(format, near, null));
    }

    private static SourceSettings.Serial settings(Output format, Path port, @Nullable Duration stale) {
        return new SourceSettings.Serial(
                port,
                new SerialLine(115_200, 8, Parity.NONE, 1, Flow.NONE),
                new StreamForm(
                        format,
                        0,
                        0,
                        0,
                        0,
                        new Numbers(2, List.of("$")),
                        1 << 20,
                        new NumberBytes(Element.INT16, format == Output.RAW ? "AA55" : "")),
                new Waiting(4, Overflow.DROP_OLDEST, stale));
    }

    private Source open(SourceSettings settings) {
        return Sources.open(
                settings,
                model.input(0),
                new SourcePlace(
                        "test",
                        near.resolveSibling("state"),
                        (name, work) -> threads.add(
                                Thread.ofPlatform().daemon().name(name).start(work)),
                        () -> {}),
                Hardware.none());
    }

    private static @Nullable String poll(Source source) {
        try {
            Frame frame = source.poll(System.nanoTime());
            return frame == null ? null : Arrays.toString(frame.values());
        } catch (SourceException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String await(String otherwise, Supplier<@Nullable String> condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String it = condition.get();
            if (it != null) {
                return it;
            }
            assertThat(System.nanoTime() - end).as(otherwise).isNegative();
            rest();
        }
    }

    private static void rest() {
        try {
            TimeUnit.MILLISECONDS.sleep(5);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
