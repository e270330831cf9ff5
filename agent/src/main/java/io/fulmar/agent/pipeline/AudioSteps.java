package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.media.MediaException;
import io.fulmar.agent.media.WavDecoder;
import io.fulmar.agent.signal.MicroFrontend;
import io.fulmar.agent.signal.Resampler;
import io.fulmar.agent.signal.Spectra;
import io.fulmar.config.PreprocessSettings;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The steps that make a model's input of sound. Owned by the pipeline's thread. */
final class AudioSteps {
    /** What the front end's features are divided by before the model is trained on them, and how many steps a byte has. */
    private static final float FEATURE = 25.6f;

    private static final int BYTE_SCALE = 256;
    private static final int BYTE_DIVISOR = 666; // 25.6 x 26, rounded

    private AudioSteps() {}

    /** A file to sound. */
    static Preprocess.Step decode() {
        return content -> {
            try {
                return WavDecoder.decode(((Content.Encoded) content).bytes());
            } catch (MediaException e) {
                throw Preprocess.failure(e);
            }
        };
    }

    /** Sound to another rate. Owned by the pipeline's thread. */
    static final class Resample implements Preprocess.Step {
        private final int rate;
        private final boolean clips;
        private int from;
        private @Nullable Resampler resampler;

        Resample(int rate, boolean clips) {
            this.rate = rate;
            this.clips = clips;
        }

        @Override
        public Content apply(Content content) {
            Content.Audio sound = (Content.Audio) content;
            if (sound.rate() == rate) {
                return sound;
            }
            Resampler now = resampler;
            if (now == null || sound.rate() != from) {
                if (!Resampler.possible(sound.rate(), rate)) {
                    throw new StageException(
                            "preprocess",
                            "rate",
                            "sound of " + sound.rate() + " Hz cannot be brought to " + rate + " Hz");
                }
                now = Resampler.of(sound.rate(), rate);
                from = sound.rate();
                resampler = now;
            }
            return new Content.Audio(rate, clips ? now.whole(sound.samples()) : now.next(sound.samples()));
        }
    }

    /**
     * The last samples of a stream each time so many new ones have come; of a sound of its own all windows that fit into it, and
     * one with silence at its end where it is shorter. Owned by the pipeline's thread.
     */
    static final class Window implements Preprocess.Step {
        private final int size;
        private final int hop;
        private final boolean clips;
        private final float[] window;
        private final Content whole;
        private float[] held = {};
        private int from;
        private int count;
        private int skip;

        Window(int size, int hop, FrameForm.Audio form) {
            this.size = size;
            this.hop = hop;
            this.clips = form.clip();
            this.window = new float[size];
            this.whole = new Content.Audio(form.rate(), window);
        }

        @Override
        public @Nullable Content apply(Content content) {
            float[] samples = ((Content.Audio) content).samples();
            if (clips) {
                from = 0;
                count = 0;
                skip = 0;
            }
            int skipped = Math.min(skip, samples.length);
            skip -= skipped;
            int taken = samples.length - skipped;
            makeRoom(Math.max(taken, clips ? size : 0));
            System.arraycopy(samples, skipped, held, count, taken);
            count += taken;
            if (clips && count < size) {
                Arrays.fill(held, count, size, 0);
                count = size;
            }
            return more();
        }

        private void makeRoom(int samples) {
            System.arraycopy(held, from, held, 0, count);
            from = 0;
            if (held.length < count + samples) {
                held = Arrays.copyOf(held, count + samples);
            }
        }

        @Override
        public @Nullable Content more() {
            if (count < size) {
                return null;
            }
            System.arraycopy(held, from, window, 0, size);
            int gone = Math.min(hop, count);
            from += gone;
            count -= gone;
            skip = hop - gone;
            return whole;
        }
    }

    /** Sound to spectra. */
    static Preprocess.Step spectra(Spectra spectra, int samples) {
        float[] values = new float[spectra.frames(samples) * spectra.width()];
        Content content = new Content.Values(values);
        return sound -> {
            spectra.apply(((Content.Audio) sound).samples(), values);
            return content;
        };
    }

    /** What a configuration asks for, at that rate. */
    static Spectra spectra(PreprocessSettings.Spectrum settings, int rate) {
        PreprocessSettings.Spectrum.Mel mel = settings.mel();
        return new Spectra(
                rate,
                samples(settings.frame(), rate),
                samples(settings.hop(), rate),
                new Spectra.Shape(
                        switch (settings.curve()) {
                            case HANN -> Spectra.Curve.HANN;
                            case HAMMING -> Spectra.Curve.HAMMING;
                            case RECTANGULAR -> Spectra.Curve.RECTANGULAR;
                        },
                        settings.values() == PreprocessSettings.Spectrum.Magnitude.MAGNITUDE,
                        switch (settings.scale()) {
                            case LINEAR -> Spectra.Scale.LINEAR;
                            case LN -> Spectra.Scale.LN;
                            case LOG10 -> Spectra.Scale.LOG10;
                            case DECIBEL -> Spectra.Scale.DECIBEL;
                        },
                        settings.offset(),
                        mel == null ? 0 : mel.bands(),
                        mel == null ? 0 : mel.low(),
                        mel == null ? 0 : mel.high(),
                        mel == null ? 0 : mel.coefficients()));
    }

    private static int samples(Duration duration, int rate) {
        return Math.toIntExact(Math.max(1, duration.toMillis() * rate / 1_000));
    }

    /** Sound to the features of TensorFlow Lite Micro's speech models. */
    static Preprocess.Step frontend(MicroFrontend frontend, PreprocessSettings.MicroFrontend settings, int samples) {
        short[] numbers = new short[samples];
        int[] features = new int[frontend.frames(samples) * settings.channels()];
        float[] values = new float[features.length];
        Content content = new Content.Values(values);
        return sound -> {
            float[] heard = ((Content.Audio) sound).samples();
            for (int i = 0; i < samples; i++) {
                numbers[i] = (short) Math.clamp(Math.round(heard[i] * 32_768f), Short.MIN_VALUE, Short.MAX_VALUE);
            }
            frontend.apply(numbers, features);
            for (int i = 0; i < features.length; i++) {
                values[i] = settings.raw()
                        ? Math.min(255, (features[i] * BYTE_SCALE + BYTE_DIVISOR / 2) / BYTE_DIVISOR)
                        : features[i] / FEATURE;
            }
            return content;
        };
    }
}
