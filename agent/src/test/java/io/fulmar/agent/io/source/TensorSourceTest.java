package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings;
import io.fulmar.model.tflite.Quantization;
import io.fulmar.model.tflite.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorSourceTest {
    private final Path dir;

    TensorSourceTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void aFileIsReadAsTheRealNumbersThatItsValuesStandFor() throws IOException {
        Files.write(dir.resolve("a.bin"), new byte[] {-128, 0, 127});
        TensorDecoder decoder = TensorDecoder.of(TensorType.INT8, 3, Quantization.perTensor(0.5f, -1));

        try (Source source = open(decoder, false)) {
            assertThat(source.form()).isEqualTo(new FrameForm.Values(3));
            Frame frame = source.poll(0);
            assertThat(frame).isNotNull();
            assertThat(frame.values()).containsExactly(-63.5f, 0.5f, 64f);
            assertThat(source.poll(0)).isNull();
            assertThat(source.notice()).isEqualTo("the replay is at its end after 1 frames");
        }
    }

    @Test
    void valuesOfEveryTypeAreLittleEndian() {
        ByteBuffer raw = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);

        assertThat(decode(TensorType.FLOAT32, raw.putFloat(0, 1.5f))).isEqualTo(1.5f);
        assertThat(decode(TensorType.INT32, raw.putInt(0, -70_000))).isEqualTo(-70_000);
        assertThat(decode(TensorType.INT64, raw.putLong(0, 1L << 40))).isEqualTo((float) (1L << 40));
        assertThat(decode(TensorType.INT16, raw.putShort(0, (short) -300))).isEqualTo(-300);
        assertThat(decode(TensorType.UINT8, raw.put(0, (byte) 200))).isEqualTo(200);
        assertThat(decode(TensorType.FLOAT16, raw.putShort(0, Float.floatToFloat16(0.25f))))
                .isEqualTo(0.25f);
    }

    @Test
    void aFileOfAnotherSizeIsAFailureThatNamesBothSizes() throws IOException {
        Files.write(dir.resolve("a.bin"), new byte[2]);
        Files.write(dir.resolve("b.bin"), new byte[400]);
        Files.write(dir.resolve("c.bin"), new byte[3]);

        try (Source source = open(TensorDecoder.of(TensorType.INT8, 3, Quantization.NONE), true)) {
            assertThatExceptionOfType(SourceException.class)
                    .isThrownBy(() -> source.poll(0))
                    .withMessage("a.bin has 2 bytes, the model's input 3");
            assertThatExceptionOfType(SourceException.class)
                    .isThrownBy(() -> source.poll(0))
                    .withMessage("b.bin has 400 bytes, the model's input 3");
            assertThat(source.poll(0)).isNotNull();
        }
    }

    @Test
    void aTypeWithoutNumbersCannotBeReplayed() {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> TensorDecoder.of(TensorType.STRING, 1, Quantization.NONE))
                .withMessageContaining("type string");
    }

    private Source open(TensorDecoder decoder, boolean loop) {
        return new TensorSource(
                new SourceSettings.Replay(
                        1,
                        SourceSettings.Pace.NONE,
                        dir,
                        "*.bin",
                        SourceSettings.Format.TENSOR,
                        SourceSettings.Numbers.ALL,
                        loop),
                decoder);
    }

    private static float decode(TensorType type, ByteBuffer raw) {
        float[] values = new float[1];
        TensorDecoder.of(type, 1, Quantization.NONE).decode(raw, values);
        return values[0];
    }
}
