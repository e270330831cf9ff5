package io.fulmar.agent.signal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.Golden;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroFrontendTest {
    /** The features with which TensorFlow Lite Micro tests its own model, made by its front end of the same recordings. */
    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void everyFeatureIsThatOfTensorFlowLiteMicro(String word) {
        byte[] wav = Golden.sharedBytes("keyword/" + word + "_1000ms.wav");
        short[] samples = new short[16_000];
        ByteBuffer.wrap(wav, 44, 32_000)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asShortBuffer()
                .get(samples);
        MicroFrontend frontend = new MicroFrontend(16_000, 40, 125, 7_500);
        int[] features = new int[frontend.frames(samples.length) * 40];

        frontend.apply(samples, features);

        byte[] bytes = new byte[features.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (Math.min(255, (features[i] * 256 + 333) / 666) - 128);
        }
        assertThat(bytes).isEqualTo(Golden.sharedBytes("keyword/micro_speech__" + word + ".in0.bin"));
    }

    @Test
    void silenceAndTheLoudestSoundHaveFeaturesToo() {
        MicroFrontend frontend = new MicroFrontend(8_000, 20, 100, 3_800);
        short[] samples = new short[8_000];
        int[] features = new int[frontend.frames(samples.length) * 20];
        frontend.apply(samples, features);
        assertThat(features).containsOnly(0);

        for (int i = 0; i < samples.length; i++) {
            samples[i] = i / 4 % 2 == 0 ? Short.MAX_VALUE : Short.MIN_VALUE;
        }
        frontend.apply(samples, features);
        assertThat(Arrays.stream(features).max().orElseThrow()).isBetween(300, 1_000);
        int[] again = new int[features.length];
        frontend.apply(samples, again);
        assertThat(again).as("it begins anew with each sound").isEqualTo(features);
    }
}
