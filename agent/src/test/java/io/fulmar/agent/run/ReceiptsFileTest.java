package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.sync.wire.Receipt;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptsFileTest {
    private final Path file;

    ReceiptsFileTest(@TempDir Path dir) {
        this.file = dir.resolve("receipts");
    }

    private void write(long seq) throws IOException {
        try (ReceiptsFile receipts = ReceiptsFile.open(file)) {
            receipts.committed(
                    List.of(new ReceiptListener.Received(new Receipt(255, Stream.DATA, seq), new byte[] {'a'})), 7);
        }
    }

    @Test
    void aReceiptIsOneLineWithTheDigestOfItsRecord() throws IOException {
        write(3);

        assertThat(file)
                .hasContent("R 00000000000000ff data 3"
                        + " ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb 7\n");
    }

    @Test
    void aLineThatAKillCutOffIsTakenAwayAndTheRestIsKept() throws IOException {
        write(1);
        Files.writeString(file, Files.readString(file) + "R 00000000000000ff da");
        write(2);

        assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.endsWith(" 7"));
    }

    @Test
    void aFileThatCannotBeOpenedIsSaidWithAHint(@TempDir Path dir) {
        Path file = dir.resolve("missing/receipts");

        assertThatThrownBy(() -> ReceiptsFile.open(file))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("NoSuchFile")
                .isInstanceOfSatisfying(
                        PipelineException.class, e -> assertThat(e.hint()).isNotBlank());
    }

    @Test
    void aLineThatCannotBeWrittenIsLeftOutAndStopsNobody() throws IOException {
        ReceiptsFile receipts = ReceiptsFile.open(file);
        receipts.close();

        receipts.committed(
                List.of(new ReceiptListener.Received(new Receipt(255, Stream.DATA, 1), new byte[] {'a'})), 7);

        assertThat(file).isEmptyFile();
    }
}
