package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowSourceTest {
    private final Path dir;

    RowSourceTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void eachRowOfNumbersIsAFrameAndHeadersCommentsAndBlankRowsAreNot() throws IOException {
        write("a.csv", "time,x\n# a comment\n\n1,2.5\r\n3;-4e3\n5\t 6 ");

        assertThat(replay(dir.resolve("a.csv"), false))
                .containsExactly("1 [1.0, 2.5]", "2 [3.0, -4000.0]", "3 [5.0, 6.0]");
    }

    @Test
    void aMalformedRowIsAFailureWithItsLineAndTheReplayGoesOn() throws IOException {
        write("a.csv", "1,2\n1\n1,2,3\n1,x\n1,NaN\n3,4\n");

        assertThat(replay(dir.resolve("a.csv"), false))
                .containsExactly(
                        "1 [1.0, 2.0]",
                        "a.csv line 2 has 1 values, expected 2",
                        "a.csv line 3 has 3 values, expected 2",
                        "a.csv line 4 value 2 is \"x\", not a number",
                        "a.csv line 5 value 2 is NaN",
                        "6 [3.0, 4.0]");
    }

    @Test
    void theFilesOfAFolderFollowEachOtherByName() throws IOException {
        write("b.csv", "x\n3\n");
        write("a.csv", "x\n1\n2\n");
        write("c.txt", "9\n");

        assertThat(replay(dir, false)).containsExactly("1 [1.0]", "2 [2.0]", "3 [3.0]");
    }

    @Test
    void aLoopStartsOverUntilNobodyAsksAnyMore() throws IOException {
        write("a.csv", "1\n2\n");
        try (Source source = open(dir, true)) {
            List<Float> seen = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Frame frame = source.poll(i);
                seen.add(frame == null ? Float.NaN : frame.values()[0]);
            }
            assertThat(seen).containsExactly(1f, 2f, 1f, 2f, 1f);
        }
    }

    @Test
    void aLoopOverRowsThatAreAllMalformedEnds() throws IOException {
        write("a.csv", "1,2\n");
        try (Source source = open(dir, true)) {
            write("a.csv", "1\n1\n");
            for (int i = 0; i < 2; i++) {
                assertThatExceptionOfType(SourceException.class).isThrownBy(() -> source.poll(0));
            }
            assertThat(source.poll(0)).isNull();
            assertThat(source.notice()).isEqualTo("the replay is at its end after 2 frames");
        }
    }

    @Test
    void theEndIsSaidOnceAndThenNothingIsDueForLong() throws IOException {
        write("a.csv", "1\n");
        try (Source source = open(dir, false)) {
            source.poll(0);
            assertThat(source.poll(7)).isNull();
            assertThat(source.notice()).isEqualTo("the replay is at its end after 1 frames");
            assertThat(source.notice()).isNull();
            assertThat(source.nextDueNanos()).isGreaterThan(60_000_000_000L);
        }
    }

    @Test
    void aFileThatVanishesBetweenTwoRoundsIsAFailure() throws IOException {
        write("a.csv", "1\n");
        write("b.csv", "2\n");
        try (Source source = open(dir, true)) {
            source.poll(0);
            Files.delete(dir.resolve("b.csv"));
            assertThatExceptionOfType(SourceException.class)
                    .isThrownBy(() -> source.poll(0))
                    .withMessageContaining("cannot read " + dir.resolve("b.csv"));
            Frame next = source.poll(0);
            assertThat(next).isNotNull();
            assertThat(next.values()).containsExactly(1);
        }
    }

    @Test
    void nothingToReplayIsAFailureAtTheStart() throws IOException {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> open(dir, false))
                .withMessageContaining("matches *.csv");
        write("a.csv", "time,x\n");
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> open(dir, false))
                .withMessageContaining("has no line of numbers");
    }

    @Test
    void linesOfJsonAreFramesToo() throws IOException {
        write("a.jsonl", "{\"t\": 21, \"axes\": [1, 2]}\n\n{\"t\": 22}\n{\"axes\": [3, 4], \"t\": 23}\n");
        SourceSettings.Replay settings = new SourceSettings.Replay(
                1,
                SourceSettings.Pace.NONE,
                dir,
                "*.jsonl",
                SourceSettings.Format.JSONL,
                new SourceSettings.Numbers(0, List.of("$.axes", "$.t")),
                false);
        try (Source source = new RowSource(settings)) {
            assertThat(source.form()).isEqualTo(new FrameForm.Values(3));
            assertThat(everything(source))
                    .containsExactly(
                            "1 [1.0, 2.0, 21.0]", "a.jsonl line 3 has nothing at $.axes", "3 [3.0, 4.0, 23.0]");
        }
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(dir.resolve(name), text);
    }

    private static Source open(Path path, boolean loop) {
        return new RowSource(new SourceSettings.Replay(
                1,
                SourceSettings.Pace.NONE,
                path,
                "*.csv",
                SourceSettings.Format.CSV,
                SourceSettings.Numbers.ALL,
                loop));
    }

    /** Everything that comes, frames as number and values, failures as their message. */
    private static List<String> replay(Path path, boolean loop) {
        try (Source source = open(path, loop)) {
            return everything(source);
        }
    }

    private static List<String> everything(Source source) {
        List<String> seen = new ArrayList<>();
        while (true) {
            try {
                Frame frame = source.poll(0);
                if (frame == null) {
                    return seen;
                }
                seen.add(frame.number() + " " + java.util.Arrays.toString(frame.values()));
            } catch (SourceException e) {
                seen.add(String.valueOf(e.getMessage()));
            }
        }
    }
}
