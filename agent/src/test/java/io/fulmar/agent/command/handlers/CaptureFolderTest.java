package io.fulmar.agent.command.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.pipeline.Judged;
import io.fulmar.agent.run.Doorbell;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What captures leave on the disk. */
class CaptureFolderTest {
    private static final int[] SHAPE = {1, 2, 3};

    private final Path dir;
    private final CaptureFolder folder;

    CaptureFolderTest(@TempDir Path dir) {
        this.dir = dir.resolve("captures");
        this.folder = new CaptureFolder(this.dir);
    }

    private static Judged judged(int frame) {
        return new Judged(
                frame, new float[] {frame, 1, 2, 3, 4, 5.5f}, frame == 2 ? "a \"b\", c" : "ok", 1, 0.5f, false);
    }

    private Capture open(String format, int count) throws Exception {
        Capture capture = folder.open("my pipe/line", SHAPE, count, format);
        capture.until(Long.MAX_VALUE, new Doorbell());
        return capture;
    }

    @Test
    void anArrayOfNumPyIsWholeAfterEachWrite() throws Exception {
        Capture capture = open("npy", 3);
        for (int written = 1; written <= 3; written++) {
            capture.judged(judged(written));
            assertThat(capture.write()).isOne();
            byte[] bytes = Files.readAllBytes(capture.inputs());
            assertThat(new String(bytes, 1, 5, StandardCharsets.US_ASCII)).isEqualTo("NUMPY");
            int header =
                    10 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
            assertThat(header % 64).isZero();
            assertThat(new String(bytes, 10, header - 10, StandardCharsets.US_ASCII))
                    .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (" + written + ", 2, 3,), }")
                    .endsWith("\n");
            assertThat(bytes).hasSize(header + written * 6 * 4);
        }
        assertThat(capture.isOver(0)).isTrue();
        capture.close();
        assertThat(capture.inputs().getParent()).hasFileName("0001-my_pipe_line");
        assertThat(Files.readString(capture.predictions())).isEqualTo("""
                        frame,label,index,score,alarm
                        1,ok,1,0.5,false
                        2,"a ""b"", c",1,0.5,false
                        3,ok,1,0.5,false
                        """);
        assertThat(capture.summary()).startsWith("3 of 3 inputs are in ");
    }

    @Test
    void linesOfNumbersAreWhatAReplaySourceReads() throws Exception {
        Capture capture = open("csv", 2);
        capture.judged(judged(1));
        capture.judged(judged(2));
        capture.judged(judged(3));
        capture.write();
        capture.close();
        assertThat(Files.readString(capture.inputs())).isEqualTo("1.0,1.0,2.0,3.0,4.0,5.5\n2.0,1.0,2.0,3.0,4.0,5.5\n");
    }

    @Test
    void aPipelineNeverWaitsAndWhatIsLeftOutIsCounted() throws Exception {
        Capture capture = open("csv", 200);
        for (int i = 0; i < 100; i++) {
            capture.judged(judged(i));
        }
        assertThat(capture.write()).isEqualTo(64);
        assertThat(capture.isOver(0)).isFalse();
        capture.ended();
        assertThat(capture.isOver(0)).isTrue();
        assertThat(capture.summary()).contains("64 of 200 inputs").contains("36 between them were left out");
        capture.close();
    }

    @Test
    void theOldestGoToMakeRoomAndNoneIsLargerThanTheBudget() throws Exception {
        for (int i = 0; i < Limits.CAPTURES + 5; i++) {
            Capture capture = open("npy", 1);
            capture.judged(judged(i));
            capture.write();
            capture.close();
        }
        assertThat(names()).hasSize(Limits.CAPTURES);
        assertThat(names()).doesNotContain("0005-my_pipe_line").contains("0006-my_pipe_line");
        int[] large = {1, 1024, 1024};
        assertThatThrownBy(() -> folder.open("p", large, 17, "npy")).isInstanceOf(CaptureFolder.NoRoom.class);
    }

    private java.util.List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(dir)) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }
}
