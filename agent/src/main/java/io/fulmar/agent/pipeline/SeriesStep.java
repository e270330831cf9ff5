package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.signal.Resampler;
import io.fulmar.agent.signal.Series;
import io.fulmar.config.PreprocessSettings.ResampleSeries;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Numbers to another rate, given sample by sample. Owned by the pipeline's thread. */
abstract sealed class SeriesStep implements Preprocess.Step {
    /** Rates are compared to so many digits behind the point. */
    private static final int FINE = 1_000;

    /** A gap between two samples; what comes after it is another series. */
    static final class Gap extends StageException {
        private static final long serialVersionUID = 1L;

        Gap(String reason) {
            super("preprocess", "gap", reason);
        }
    }

    /** What such settings ask for. */
    static SeriesStep of(ResampleSeries settings, int channels) {
        Double from = settings.from();
        if (from == null) {
            return new Timed(settings, channels);
        }
        return settings.method() == ResampleSeries.Means.FILTER
                ? new Filtered(settings.rate(), from, channels)
                : new Fixed(settings, from, channels);
    }

    /** Whether a low pass can bring these rates to each other. */
    static boolean possible(double from, double to) {
        return fine(from) > 0 && fine(to) > 0 && Resampler.possible(fine(from), fine(to));
    }

    private static int fine(double rate) {
        return Math.toIntExact(Math.round(rate * FINE));
    }

    @Override
    public @Nullable Content apply(Content content) {
        take(((Content.Values) content).values());
        return more();
    }

    @Override
    public @Nullable Content more() {
        float[] next = next();
        return next == null ? null : new Content.Values(next);
    }

    abstract void take(float[] values);

    abstract float @Nullable [] next();

    /** Each frame is a sample that says its time. */
    private static final class Timed extends SeriesStep {
        /** How many steps of a number a period has to have, for its times to be told from each other. */
        private static final int STEPS = 8;

        private final Series series;
        private final double unit;
        private final double period;

        Timed(ResampleSeries settings, int channels) {
            series = new Series(
                    channels,
                    settings.rate(),
                    settings.gap().toNanos() / 1e9,
                    settings.method() == ResampleSeries.Means.MEAN);
            unit = switch (settings.clock()) {
                case null -> 1;
                case S -> 1;
                case MS -> 1e-3;
                case US -> 1e-6;
            };
            period = 1 / settings.rate();
        }

        @Override
        void take(float[] values) {
            if (Math.ulp(values[0]) * unit * STEPS > period) {
                throw new StageException(
                        "preprocess",
                        "time",
                        "the time " + values[0]
                                + " is too large to be told from the next one; let it count from when the sensor started");
            }
            double passed = series.add(values[0] * unit, values, 1);
            if (passed != 0) {
                throw new Gap(
                        passed < 0
                                ? "time went back by " + (float) -passed + " s"
                                : "nothing came for " + (float) passed + " s");
            }
        }

        @Override
        float @Nullable [] next() {
            return series.next();
        }
    }

    /** Frames of samples at a fixed rate. */
    private static final class Fixed extends SeriesStep {
        private final Series series;
        private final double from;
        private final int channels;
        private long count;

        Fixed(ResampleSeries settings, double from, int channels) {
            series = new Series(
                    channels, settings.rate(), Double.MAX_VALUE, settings.method() == ResampleSeries.Means.MEAN);
            this.from = from;
            this.channels = channels;
        }

        @Override
        void take(float[] values) {
            for (int i = 0; i < values.length; i += channels) {
                series.add(count++ / from, values, i);
            }
        }

        @Override
        float @Nullable [] next() {
            return series.next();
        }
    }

    /** The same through a low pass. */
    private static final class Filtered extends SeriesStep {
        private final Resampler[] resamplers;
        private final Queue<float[]> ready = new ArrayDeque<>();

        Filtered(double rate, double from, int channels) {
            resamplers = new Resampler[channels];
            for (int i = 0; i < channels; i++) {
                resamplers[i] = Resampler.of(fine(from), fine(rate));
            }
        }

        @Override
        void take(float[] values) {
            int channels = resamplers.length;
            float[][] given = new float[channels][];
            for (int i = 0; i < channels; i++) {
                float[] one = new float[values.length / channels];
                for (int k = 0; k < one.length; k++) {
                    one[k] = values[k * channels + i];
                }
                given[i] = resamplers[i].next(one);
            }
            for (int k = 0; k < given[0].length; k++) {
                float[] sample = new float[channels];
                for (int i = 0; i < channels; i++) {
                    sample[i] = given[i][k];
                }
                ready.add(sample);
            }
        }

        @Override
        float @Nullable [] next() {
            return ready.poll();
        }
    }
}
