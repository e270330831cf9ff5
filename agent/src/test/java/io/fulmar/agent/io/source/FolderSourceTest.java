package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings;
import io.fulmar.config.SourceSettings.FileFormat;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Then;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files; the time between two looks is the test's. */
class FolderSourceTest {
    private static final byte[] JPEG = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xE0};
    private static final long LOOK = Duration.ofSeconds(1).toNanos();

    private final Path dir;
    private final Path in;
    private final Interpreter model;
    private long now;

    FolderSourceTest(@TempDir Path dir) {
        this.dir = dir;
        this.in = dir.resolve("in");
        this.model = Interpreter.open(
                ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                        .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
                InterpreterOptions.DEFAULT);
    }

    @BeforeEach
    void made() throws IOException {
        Files.createDirectories(in);
    }

    @AfterEach
    void closed() {
        model.close();
    }

    @Test
    void aFileIsReadWhenItDidNotChangeBetweenTwoLooks() throws IOException {
        try (Source source = open(images(Then.KEEP))) {
            Files.write(in.resolve("a.jpg"), JPEG);
            assertThat(look(source)).isEmpty();
            Files.write(in.resolve("a.jpg"), Arrays.copyOf(JPEG, 9));
            assertThat(look(source)).as("it has grown").isEmpty();
            assertThat(look(source)).containsExactly("1 image/jpeg 9");
            assertThat(look(source)).as("once").isEmpty();
        }
    }

    @Test
    void theOldestFileComesFirstAndSmallAndCapitalLettersAreTheSame() throws IOException {
        write("b.PNG", new byte[] {(byte) 0x89, 'P', 'N', 'G'}, 3);
        write("c.jpg", JPEG, 1);
        write("a.Bmp", new byte[] {'B', 'M', 1, 2, 3}, 2);
        try (Source source = open(images(Then.KEEP))) {
            assertThat(looks(source)).containsExactly("1 image/jpeg 4", "2 image/bmp 5", "3 image/png 4");
        }
    }

    @Test
    void whatIsHiddenOrLinkedOrOfAnotherNameIsNotRead() throws IOException {
        write(".a.jpg", JPEG, 1);
        write("a.jpg.part", JPEG, 1);
        Files.createSymbolicLink(in.resolve("b.jpg"), Files.write(dir.resolve("secret.jpg"), JPEG));
        Files.createDirectories(in.resolve("c.jpg"));
        try (Source source = open(images(Then.DELETE))) {
            assertThat(looks(source)).isEmpty();
        }
        assertThat(dir.resolve("secret.jpg")).exists();
        assertThat(names(in)).containsExactly(".a.jpg", "a.jpg.part", "b.jpg", "c.jpg");
    }

    @Test
    void whatWasReadIsRememberedOverARestartUntilItIsReplaced() throws IOException {
        write("a.jpg", JPEG, 1);
        try (Source source = open(images(Then.KEEP))) {
            assertThat(looks(source)).hasSize(1);
        }
        write("b.jpg", JPEG, 2);
        try (Source source = open(images(Then.KEEP))) {
            assertThat(looks(source)).as("only the new one").hasSize(1);
        }
        try (Source source = open(images(Then.KEEP))) {
            assertThat(looks(source)).isEmpty();
            write("a.jpg", JPEG, 3);
            assertThat(looks(source)).as("as it was replaced").hasSize(1);
        }
        assertThat(names(in)).containsExactly("a.jpg", "b.jpg");
    }

    @Test
    void aFileIsPutAwayOnlyWhenItsFrameWasJudged() throws IOException {
        write("a.jpg", JPEG, 1);
        try (Source source = open(images(Then.DELETE))) {
            look(source);
            now += LOOK;
            assertThat(source.poll(now)).isNotNull();
            assertThat(in.resolve("a.jpg")).exists();
            assertThat(source.poll(now)).isNull();
            assertThat(in.resolve("a.jpg")).doesNotExist();
        }
    }

    @Test
    void theLastFileIsPutAwayAtTheEnd() throws IOException {
        write("a.jpg", JPEG, 1);
        try (Source source = open(images(Then.MOVE))) {
            look(source);
            now += LOOK;
            assertThat(source.poll(now)).isNotNull();
        }
        assertThat(names(in.resolve("done"))).containsExactly("a.jpg");
    }

    @Test
    void filesThatAreDoneOrBadAreMovedApartUnderNamesOfTheirOwn() throws IOException {
        try (Source source = open(images(Then.MOVE))) {
            for (int round = 1; round <= 2; round++) {
                write("a.jpg", JPEG, round);
                write("bad.jpg", new byte[] {1, 2, 3, 4}, round + 10);
                write("empty.jpg", new byte[0], round + 20);
                write("large.jpg", Arrays.copyOf(JPEG, 1_001), round + 30);
                assertThat(looks(source))
                        .containsExactly(
                                (4 * round - 3) + " image/jpeg 4",
                                "bad.jpg is no JPEG, PNG or BMP",
                                "empty.jpg is no JPEG, PNG or BMP",
                                "large.jpg has 1001 bytes, more than max_size");
            }
            assertThat(source.tally().refused()).isEqualTo(6);
        }
        assertThat(names(in)).containsExactly("bad", "done");
        assertThat(names(in.resolve("done"))).containsExactly("a-1.jpg", "a.jpg");
        assertThat(names(in.resolve("bad"))).hasSize(6).contains("bad.jpg", "bad-1.jpg");
    }

    @Test
    void aFileWhosePictureCannotBeReadIsBad() throws IOException {
        write("a.jpg", JPEG, 1);
        try (Source source = open(images(Then.DELETE))) {
            look(source);
            now += LOOK;
            assertThat(source.poll(now)).isNotNull();
            source.spoiled();
            assertThat(source.poll(now)).isNull();
            assertThat(source.tally().refused()).isEqualTo(1);
        }
        assertThat(names(in.resolve("bad"))).containsExactly("a.jpg");
    }

    @Test
    void theFolderOfBadFilesKeepsTheNewest() throws IOException {
        for (int i = 0; i < Limits.SHELF_BAD + 3; i++) {
            write("bad-" + i + ".jpg", new byte[] {1}, i + 1);
        }
        try (Source source = open(images(Then.DELETE))) {
            looks(source);
        }
        assertThat(names(in.resolve("bad")))
                .hasSize(Limits.SHELF_BAD)
                .doesNotContain("bad-0.jpg", "bad-1.jpg", "bad-2.jpg");
    }

    @Test
    void aFolderThatIsNotThereIsSaidOnceAndReadWhenItComes() throws IOException {
        Files.delete(in);
        try (Source source = open(images(Then.KEEP))) {
            assertThat(looks(source)).singleElement().asString().startsWith("cannot look into " + in);
            Files.createDirectories(in);
            write("a.jpg", JPEG, 1);
            assertThat(looks(source)).containsExactly("1 image/jpeg 4");
            Files.delete(in.resolve("a.jpg"));
            Files.delete(in);
            assertThat(looks(source)).hasSize(1);
        }
    }

    @Test
    void oneFileThatIsReplacedGivesAFrameEachTime() throws IOException {
        Path latest = in.resolve("latest.jpg");
        try (Source source = open(new SourceSettings.Folder(
                latest, FileFormat.IMAGE, "*.jpg", Duration.ofSeconds(1), Then.KEEP, 1_000, Numbers.ALL, null))) {
            for (int i = 1; i <= 3; i++) {
                write("next", JPEG, i);
                Files.move(in.resolve("next"), latest, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                assertThat(looks(source)).contains(i + " image/jpeg 4");
            }
        }
    }

    @Test
    void eachRowIsAFrameAndAMalformedOneIsAFailure() throws IOException {
        write("a.csv", "x,y\n1,2\n3\n4;5\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1);
        try (Source source = open(rows(Then.MOVE, 2))) {
            assertThat(looks(source))
                    .containsExactly("1 [1.0, 2.0]", "a.csv line 3 has 1 values, expected 2", "3 [4.0, 5.0]");
        }
        assertThat(names(in.resolve("done"))).containsExactly("a.csv");
    }

    @Test
    void aFileWithoutAnyGoodRowIsBad() throws IOException {
        write("a.csv", "x\nnothing\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1);
        write("b.csv", new byte[] {'1', '\n', (byte) 0xFF, (byte) 0xFE}, 2);
        try (Source source = open(rows(Then.DELETE, 1))) {
            assertThat(looks(source)).hasSizeGreaterThanOrEqualTo(2);
            assertThat(source.tally().refused()).isEqualTo(2);
        }
        assertThat(names(in.resolve("bad"))).containsExactly("a.csv", "b.csv");
    }

    @Test
    void aFileOfRowsThatWasCutShortBeginsAnewAfterARestart() throws IOException {
        write("a.csv", "1\n2\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1);
        try (Source source = open(rows(Then.DELETE, 1))) {
            look(source);
            now += LOOK;
            assertThat(source.poll(now)).isNotNull();
        }
        try (Source source = open(rows(Then.DELETE, 1))) {
            assertThat(looks(source)).containsExactly("1 [1.0]", "2 [2.0]");
        }
        assertThat(names(in)).isEmpty();
    }

    @Test
    void aRawTensorHasToFitTheModel() throws IOException {
        int bytes = model.input(0).elements() * model.input(0).type().byteSize();
        write("a.bin", new byte[bytes], 1);
        write("b.bin", new byte[bytes + 1], 2);
        try (Source source = open(new SourceSettings.Folder(
                in, FileFormat.TENSOR, "*.bin", Duration.ofSeconds(1), Then.KEEP, 1 << 20, Numbers.ALL, null))) {
            assertThat(source.form())
                    .isEqualTo(new FrameForm.Values(model.input(0).elements()));
            assertThat(looks(source))
                    .hasSize(2)
                    .contains("b.bin has " + (bytes + 1) + " bytes, the model's input " + bytes);
        }
    }

    @Test
    void whereNothingComesForTooLongThatIsAFailureOnceUntilSomethingComes() throws IOException {
        try (Source source = open(new SourceSettings.Folder(
                in,
                FileFormat.IMAGE,
                "*.jpg",
                Duration.ofSeconds(1),
                Then.KEEP,
                1_000,
                Numbers.ALL,
                Duration.ofSeconds(10)))) {
            String stale = "no file has come into " + in + " for 10 s";
            assertThat(seconds(source, 9)).isEmpty();
            assertThat(seconds(source, 30)).containsExactly(stale);
            write("a.jpg", JPEG, 1);
            assertThat(seconds(source, 5)).containsExactly("1 image/jpeg 4");
            now += Duration.ofHours(1).toNanos();
            assertThat(seconds(source, 5)).as("while the pipeline rested").isEmpty();
            assertThat(seconds(source, 10)).containsExactly(stale);
        }
    }

    private SourceSettings.Folder images(Then then) {
        return new SourceSettings.Folder(
                in, FileFormat.IMAGE, FileFormat.IMAGE.match(), Duration.ofSeconds(1), then, 1_000, Numbers.ALL, null);
    }

    private SourceSettings.Folder rows(Then then, int columns) {
        return new SourceSettings.Folder(
                in,
                FileFormat.CSV,
                "*.csv",
                Duration.ofSeconds(1),
                then,
                1_000,
                new Numbers(columns, List.of("$")),
                null);
    }

    private Source open(SourceSettings.Folder settings) {
        return Sources.open(
                settings,
                model.input(0),
                new SourcePlace("test", dir.resolve("state"), (name, work) -> {}, () -> {}),
                Hardware.none());
    }

    private void write(String name, byte[] bytes, int second) throws IOException {
        Path file = Files.write(in.resolve(name), bytes);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000L * second));
    }

    private List<String> seconds(Source source, int seconds) {
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            seen.addAll(look(source));
        }
        return seen;
    }

    /** Two looks, after which everything that lies there is complete. */
    private List<String> looks(Source source) {
        List<String> seen = look(source);
        seen.addAll(look(source));
        return seen;
    }

    private List<String> look(Source source) {
        now += LOOK;
        List<String> seen = new ArrayList<>();
        for (String next = next(source); next != null; next = next(source)) {
            seen.add(next);
        }
        return seen;
    }

    private @Nullable String next(Source source) {
        try {
            Frame frame = source.poll(now);
            if (frame == null) {
                return null;
            }
            return frame.number() + " "
                    + switch (frame.content()) {
                        case Content.Encoded(byte[] bytes, String type) -> type + " " + bytes.length;
                        case Content.Values(float[] values) -> values.length > 9 ? "tensor" : Arrays.toString(values);
                        default -> "?";
                    };
        } catch (SourceException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(it -> String.valueOf(it.getFileName())).sorted().toList();
        }
    }
}
