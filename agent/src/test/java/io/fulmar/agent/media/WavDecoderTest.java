package io.fulmar.agent.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.io.Content;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sounds as the JDK writes them. */
class WavDecoderTest {
    @ParameterizedTest
    @CsvSource({"8,1", "8,2", "16,1", "16,2", "24,2", "32,1"})
    void samplesOfAnyWidthAreThoseThatWereWritten(int bits, int channels) throws IOException {
        int frames = 50;
        byte[] data = new byte[frames * channels * bits / 8];
        new Random(bits).nextBytes(data);

        Content.Audio sound = WavDecoder.decode(wav(data, bits, channels));

        assertThat(sound.rate()).isEqualTo(22_050);
        assertThat(sound.samples()).hasSize(frames);
        for (int i = 0; i < frames; i++) {
            double sum = 0;
            for (int channel = 0; channel < channels; channel++) {
                sum += sample(data, (i * channels + channel) * bits / 8, bits);
            }
            assertThat(sound.samples()[i]).isCloseTo((float) (sum / channels), within(1e-6f));
        }
    }

    @Test
    void floatsAndChunksThatNobodyKnowsAreRead() {
        ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).putInt(-1);
        file.put("WAVELIST".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .putInt(3)
                .put(new byte[4]);
        file.put("fmt ".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).putInt(16);
        file.putShort((short) 3)
                .putShort((short) 1)
                .putInt(16_000)
                .putInt(64_000)
                .putShort((short) 4)
                .putShort((short) 32);
        file.put("data".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .putInt(-1); // its length was not known yet
        file.putFloat(0.5f).putFloat(-0.25f);

        Content.Audio sound = WavDecoder.decode(Arrays.copyOf(file.array(), file.position()));

        assertThat(sound.rate()).isEqualTo(16_000);
        assertThat(sound.samples()).containsExactly(0.5f, -0.25f);
    }

    @Test
    void whatIsNoWavSaysWhy() throws IOException {
        refused(new byte[0], "empty");
        refused("RIFF....AVI ".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "RIFF file of another kind");
        byte[] file = wav(new byte[100], 16, 1);
        refused(Arrays.copyOf(file, 30), "ends too early");
        refused(Arrays.copyOf(file, 44), "ends too early");
        byte[] coded = file.clone();
        coded[20] = 7;
        refused(coded, "coded as 7 with 16 bits");
        byte[] still = file.clone();
        ByteBuffer.wrap(still).order(ByteOrder.LITTLE_ENDIAN).putInt(24, 0);
        refused(still, "1 channels of 0 Hz");
    }

    @Test
    void damagedFilesAreRefusedAndNeverMore() throws IOException {
        Random random = new Random(20_261_122);
        byte[] file = wav(new byte[400], 24, 2);
        int read = 0;
        for (int run = 0; run < 5_000; run++) {
            byte[] damaged = Arrays.copyOf(file, 12 + random.nextInt(file.length - 12));
            damaged[random.nextInt(Math.min(damaged.length, 60))] = (byte) random.nextInt(256);
            try {
                assertThat(WavDecoder.decode(damaged).samples()).isNotEmpty();
                read++;
            } catch (MediaException e) {
                assertThat(e.kind()).isIn("damaged", "truncated", "unsupported", "too large");
            }
        }
        assertThat(read).isBetween(100, 4_900);
    }

    private static void refused(byte[] file, String says) {
        assertThatExceptionOfType(MediaException.class)
                .isThrownBy(() -> WavDecoder.decode(file))
                .withMessageContaining(says);
    }

    private static byte[] wav(byte[] data, int bits, int channels) throws IOException {
        AudioFormat format = new AudioFormat(
                bits == 8 ? AudioFormat.Encoding.PCM_UNSIGNED : AudioFormat.Encoding.PCM_SIGNED,
                22_050,
                bits,
                channels,
                channels * bits / 8,
                22_050,
                false);
        var out = new ByteArrayOutputStream();
        try (AudioInputStream in =
                new AudioInputStream(new ByteArrayInputStream(data), format, data.length / format.getFrameSize())) {
            AudioSystem.write(in, AudioFileFormat.Type.WAVE, out);
        }
        return out.toByteArray();
    }

    private static double sample(byte[] data, int at, int bits) {
        long value = 0;
        for (int i = bits / 8 - 1; i >= 0; i--) {
            value = (value << 8) | (data[at + i] & 0xFF);
        }
        return bits == 8 ? (value - 128) / 128.0 : (double) (value << (64 - bits)) / Long.MAX_VALUE;
    }
}
