package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.SourceException;
import io.fulmar.agent.io.source.StreamFrames.Beginning;
import io.fulmar.config.SourceSettings.Element;
import io.fulmar.config.SourceSettings.NumberBytes;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Output;
import io.fulmar.config.SourceSettings.StreamForm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a serial line brings: it begins anywhere. What commands write is in {@link ExecSourceTest}. */
class StreamFramesTest {
    private static final NumberBytes MARKED = new NumberBytes(Element.INT16, "AA55");

    @Test
    void theFirstLineIsSkippedAsItMayBeHalfOfOne() throws IOException {
        assertThat(all(lines("3,4\n5,6\r\n\n# idle\n7,8\n9,"))).containsExactly("[5.0, 6.0]", "[7.0, 8.0]");
    }

    @Test
    void garbageIsRefusedLineByLine() throws IOException {
        assertThat(all(lines("\n\u0000\u00ff\n1,2\nbooting\n1,2,3\n3,4\n")))
                .containsExactly(
                        "line 2 value 1 is \"\u0000\u00ff\", not a number",
                        "[1.0, 2.0]",
                        "line 4 value 1 is \"booting\", not a number",
                        "line 5 has 3 values, expected 2",
                        "[3.0, 4.0]");
    }

    @Test
    void whatNeverEndsALineIsNoneAtAll() {
        StreamFrames frames = lines("\n" + "x".repeat(70_000));
        assertThatThrownBy(frames::next)
                .isInstanceOf(IOException.class)
                .hasMessage("a line of what came has more than 65536 characters");
    }

    @Test
    void rawNumbersBeginBehindTheirStart() throws IOException {
        assertThat(all(raw("0100 AA55 01000200 AA55 FFFF0080"))).containsExactly("[1.0, 2.0]", "[-1.0, -32768.0]");
    }

    @Test
    void whatIsBetweenTwoFramesIsTold() throws IOException {
        assertThat(all(raw("AA55 01000200 AAAA00 AA55 03000400 AA55 0500")))
                .containsExactly("[1.0, 2.0]", "before frame 2 came 3 bytes that belong to none", "[3.0, 4.0]");
    }

    @Test
    void aStartThatBeginsLikeItselfIsFound() throws IOException {
        assertThat(all(raw("AAAA55 01000200"))).containsExactly("[1.0, 2.0]");
    }

    @Test
    void withoutAStartTheyFollowEachOther() throws IOException {
        StreamForm form = form(Output.RAW, new NumberBytes(Element.UINT8, ""));
        assertThat(all(StreamFrames.of(
                        form, 2, new ByteArrayInputStream(new byte[] {1, -1, 3, 4, 5}), Beginning.FRAME)))
                .containsExactly("[1.0, 255.0]", "[3.0, 4.0]");
    }

    @Test
    void aNumberThatIsNoneIsRefused() throws IOException {
        StreamForm form = form(Output.RAW, new NumberBytes(Element.FLOAT32, "00"));
        byte[] bytes = HexFormat.of().parseHex("000000803F0000C07F" + "000000803F00000040");
        assertThat(all(StreamFrames.of(form, 2, new ByteArrayInputStream(bytes), Beginning.ANYWHERE)))
                .containsExactly("frame 1 has NaN as value 2", "[1.0, 2.0]");
    }

    private static StreamFrames lines(String text) {
        return StreamFrames.of(
                form(Output.CSV, NumberBytes.PLAIN),
                2,
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                Beginning.ANYWHERE);
    }

    private static StreamFrames raw(String hex) {
        return StreamFrames.of(
                form(Output.RAW, MARKED),
                2,
                new ByteArrayInputStream(HexFormat.of().parseHex(hex.replace(" ", ""))),
                Beginning.ANYWHERE);
    }

    private static StreamForm form(Output format, NumberBytes bytes) {
        return new StreamForm(format, 0, 0, 0, 0, Numbers.ALL, 1 << 20, bytes);
    }

    /** What comes until the end, frames and failures. */
    private static List<String> all(StreamFrames frames) throws IOException {
        List<String> seen = new ArrayList<>();
        while (true) {
            try {
                Content next = frames.next();
                if (next == null) {
                    return seen;
                }
                seen.add(Arrays.toString(((Content.Values) next).values()));
            } catch (SourceException e) {
                seen.add(String.valueOf(e.getMessage()));
            }
        }
    }
}
