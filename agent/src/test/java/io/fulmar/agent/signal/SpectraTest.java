package io.fulmar.agent.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.Golden;
import io.fulmar.agent.signal.Spectra.Curve;
import io.fulmar.agent.signal.Spectra.Scale;
import io.fulmar.agent.signal.Spectra.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spectra and sound at other rates as NumPy and SciPy compute them. */
class SpectraTest {
    private static final int RATE = 16_000;

    private final float[] sound = Golden.floats("sound/sound");

    @Test
    void powerAndDecibelsAreThoseOfNumpy() {
        same("power-hann-400-160", 400, 160, new Shape(Curve.HANN, false, Scale.LINEAR, 0, 0, 0, 0, 0));
        same("decibel-hamming-256-128", 256, 128, new Shape(Curve.HAMMING, false, Scale.DECIBEL, 1e-10, 0, 0, 0, 0));
    }

    @Test
    void melBandsAndCepstralCoefficientsAreThoseOfTensorFlowsDefinition() {
        same("log-mel-40", 480, 320, new Shape(Curve.HANN, true, Scale.LN, 1e-6, 40, 20, 4_000, 0));
        same("mfcc-10", 480, 320, new Shape(Curve.HANN, true, Scale.LN, 1e-6, 40, 20, 4_000, 10));
    }

    private void same(String name, int frame, int hop, Shape shape) {
        Spectra spectra = new Spectra(RATE, frame, hop, shape);
        float[] expected = Golden.floats("sound/" + name);
        float[] values = new float[spectra.frames(sound.length) * spectra.width()];

        spectra.apply(sound, values);

        assertThat(values).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i])
                    .as("%s %d", name, i)
                    .isCloseTo(expected[i], within(1e-5f * (1 + Math.abs(expected[i]))));
        }
    }

    @ParameterizedTest
    @CsvSource({"8k,16000,8000", "44k1,16000,44100", "22k05-to-16k,22050,16000", "48k,16000,48000"})
    void soundAtAnotherRateIsThatOfScipyInOnePieceAndInMany(String name, int from, int to) {
        float[] expected = Golden.floats("sound/resampled-" + name);

        float[] whole = Resampler.of(from, to).whole(sound);
        assertThat(whole).containsExactly(expected, within(1e-6f));

        Resampler stream = Resampler.of(from, to);
        Random random = new Random(20_261_122);
        List<Float> parts = new ArrayList<>();
        for (int at = 0; at < sound.length; ) {
            int end = Math.min(sound.length, at + random.nextInt(90));
            for (float value : stream.next(Arrays.copyOfRange(sound, at, end))) {
                parts.add(value);
            }
            at = end;
        }
        assertThat(parts).hasSizeGreaterThan(expected.length - 10 * Math.max(to / 100, from / 100) / 2);
        for (int i = 0; i < parts.size(); i++) {
            assertThat(parts.get(i)).isEqualTo(whole[i]);
        }
    }

    @Test
    void ratesThatWouldNeedAnEndlessFilterAreImpossible() {
        assertThat(Resampler.possible(44_100, 16_000)).isTrue();
        assertThat(Resampler.possible(11_025, 48_000)).isTrue();
        assertThat(Resampler.possible(47_999, 16_000)).isFalse();
    }
}
