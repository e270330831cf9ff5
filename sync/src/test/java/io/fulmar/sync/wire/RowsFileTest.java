package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowsFileTest {
    private static final Batch DATA = batch(Stream.DATA, 7, 300);
    private static final Batch ALARM = batch(Stream.ALARM, 1, 2);

    private static Batch batch(Stream stream, long first, int rows) {
        List<Row> all = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            all.add(new Row.Data(Records.encode(new DeviceEvent(new Stamp(i, i, 1), "test", "row " + i))));
        }
        return new Batch(42, stream, first, new ChainHash(3, 4), all);
    }

    private static byte[] file() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RowsFile.Writer writer = new RowsFile.Writer(out, "d7");
        writer.write(ALARM);
        writer.write(DATA);
        writer.end();
        return out.toByteArray();
    }

    private static List<Batch> read(byte[] bytes) throws IOException {
        List<Batch> all = new ArrayList<>();
        try (RowsFile.Reader reader = new RowsFile.Reader(new ByteArrayInputStream(bytes))) {
            assertThat(reader.device()).isEqualTo("d7");
            for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
                all.add(batch);
            }
        }
        return all;
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        assertThat(read(file()))
                .extracting(Batch::stream, Batch::first, Batch::last, Batch::tailHash)
                .containsExactly(
                        tuple(Stream.ALARM, 1L, 2L, ALARM.tailHash()), tuple(Stream.DATA, 7L, 306L, DATA.tailHash()));
    }

    @Test
    void aFileThatEndsAnywhereElseIsNotWhole() throws IOException {
        byte[] whole = file();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(part))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(WireException.class);
        }
    }

    @Test
    void anAlteredByteIsNeverRead() throws IOException {
        byte[] whole = file();
        for (int i = "fulmar rows 1\n".length() + 4; i < whole.length; i++) {
            byte[] altered = whole.clone();
            altered[i] ^= 0x10;
            try {
                assertThat(read(altered))
                        .extracting(Batch::tailHash)
                        .containsExactly(ALARM.tailHash(), DATA.tailHash());
            } catch (WireException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void theAnswerSaysTheSameAsTheMessages() {
        RowsAnswer answer = new RowsAnswer("d7", List.of(new RowsAnswer.Held(-5, Stream.DATA, 306, DATA.tailHash())));

        assertThat(RowsAnswer.read(answer.text())).isEqualTo(answer);
        assertThat(answer.streams().getFirst().acknowledge())
                .isEqualTo(new Acknowledge(-5, Stream.DATA, 306, DATA.tailHash(), 1, 0, 0));
        assertThatThrownBy(() -> RowsAnswer.read("{\"device\":\"d7\"}")).isInstanceOf(WireException.class);
    }
}
