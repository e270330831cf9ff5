package io.fulmar.agent.signal;

import org.jspecify.annotations.Nullable;

/**
 * Spectra of overlapping frames of a sound: as they are, on the mel scale, or as cepstral coefficients (MFCC). The mel scale is that
 * of HTK and TensorFlow, filters are triangles in mel without area normalization, and frequency zero is left out. Owned by whoever
 * makes it.
 */
public final class Spectra {
    private final int frame;
    private final int hop;
    private final Shape shape;
    private final double[] curve;
    private final Fft fft;
    private final double[] windowed;
    private final double[] powers;
    private final double[] bands;
    private final double @Nullable [][] filters;
    private final int[] firstBins;
    private final double @Nullable [][] cosines;

    /** By what a frame fades in and out. */
    public enum Curve {
        HANN,
        HAMMING,
        RECTANGULAR
    }

    /** What is made of each value. */
    public enum Scale {
        LINEAR,
        /** The natural logarithm. */
        LN,
        LOG10,
        /** Ten times the logarithm to base ten. */
        DECIBEL
    }

    /**
     * What a spectrum is to be.
     *
     * @param curve by what a frame fades in and out; over a whole period, as in TensorFlow
     * @param magnitude whether magnitudes count, and not their squares
     * @param scale of the values, or of the mel bands
     * @param offset what is added before a logarithm is taken
     * @param bands on the mel scale from {@code low} to {@code high} Hz; 0 for none
     * @param coefficients cepstral coefficients of the bands; 0 for none
     *     <p>Immutable.
     */
    public record Shape(
            Curve curve,
            boolean magnitude,
            Scale scale,
            double offset,
            int bands,
            double low,
            double high,
            int coefficients) {}

    /** Spectra of frames of so many samples, {@code hop} apart, of a sound at that rate. */
    public Spectra(int rate, int frame, int hop, Shape shape) {
        this.frame = frame;
        this.hop = hop;
        this.shape = shape;
        this.fft = new Fft(Fft.sizeFor(frame));
        this.curve = curve(shape.curve(), frame);
        this.windowed = new double[frame];
        this.powers = new double[fft.bins()];
        this.firstBins = new int[shape.bands()];
        this.filters = shape.bands() == 0 ? null : filters(rate);
        this.bands = new double[shape.bands() == 0 ? fft.bins() : shape.bands()];
        this.cosines = shape.coefficients() == 0 ? null : cosines();
    }

    /** How many frames there are in a sound of so many samples. */
    public int frames(int samples) {
        return samples < frame ? 0 : (samples - frame) / hop + 1;
    }

    /** How many values each frame gets. */
    public int width() {
        return shape.coefficients() > 0 ? shape.coefficients() : bands.length;
    }

    /** Writes the values of all frames of a sound, one after the other. */
    public void apply(float[] samples, float[] values) {
        int frames = frames(samples.length);
        for (int i = 0; i < frames; i++) {
            spectrum(samples, i * hop);
            write(values, i * width());
        }
    }

    private void spectrum(float[] samples, int from) {
        for (int i = 0; i < frame; i++) {
            windowed[i] = samples[from + i] * curve[i];
        }
        fft.power(windowed, frame, powers);
        if (shape.magnitude()) {
            for (int i = 0; i < powers.length; i++) {
                powers[i] = Math.sqrt(powers[i]);
            }
        }
        if (filters == null) {
            System.arraycopy(powers, 0, bands, 0, bands.length);
        } else {
            for (int band = 0; band < bands.length; band++) {
                double sum = 0;
                for (int i = 0; i < filters[band].length; i++) {
                    sum += filters[band][i] * powers[firstBins[band] + i];
                }
                bands[band] = sum;
            }
        }
        for (int i = 0; i < bands.length; i++) {
            bands[i] = scaled(bands[i]);
        }
    }

    private double scaled(double value) {
        return switch (shape.scale()) {
            case LINEAR -> value;
            case LN -> Math.log(value + shape.offset());
            case LOG10 -> Math.log10(value + shape.offset());
            case DECIBEL -> 10 * Math.log10(value + shape.offset());
        };
    }

    private void write(float[] values, int to) {
        if (cosines == null) {
            for (int i = 0; i < bands.length; i++) {
                values[to + i] = (float) bands[i];
            }
            return;
        }
        for (int c = 0; c < cosines.length; c++) {
            double sum = 0;
            for (int i = 0; i < bands.length; i++) {
                sum += cosines[c][i] * bands[i];
            }
            values[to + c] = (float) sum;
        }
    }

    private static double[] curve(Curve curve, int size) {
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            double turn = Math.cos(2 * Math.PI * i / size);
            values[i] = switch (curve) {
                case HANN -> 0.5 - 0.5 * turn;
                case HAMMING -> 0.54 - 0.46 * turn;
                case RECTANGULAR -> 1;
            };
        }
        return values;
    }

    private static double mel(double hertz) {
        return 1127 * Math.log1p(hertz / 700);
    }

    private double[][] filters(int rate) {
        double low = mel(shape.low());
        double step = (mel(shape.high()) - low) / (shape.bands() + 1);
        double[][] triangles = new double[shape.bands()][];
        for (int band = 0; band < shape.bands(); band++) {
            double left = low + band * step;
            double[] all = new double[fft.bins()];
            int first = fft.bins();
            int end = 0;
            for (int bin = 1; bin < fft.bins(); bin++) {
                double at = mel((double) bin * rate / (2 * (fft.bins() - 1)));
                all[bin] = Math.max(0, Math.min((at - left) / step, (left + 2 * step - at) / step));
                if (all[bin] > 0) {
                    first = Math.min(first, bin);
                    end = bin + 1;
                }
            }
            firstBins[band] = Math.min(first, end);
            triangles[band] = java.util.Arrays.copyOfRange(all, firstBins[band], end);
        }
        return triangles;
    }

    /** The discrete cosine transform of the second kind, orthonormal but for its first coefficient, as in TensorFlow and HTK. */
    private double[][] cosines() {
        int count = shape.bands();
        double[][] table = new double[shape.coefficients()][count];
        double factor = Math.sqrt(2.0 / count);
        for (int c = 0; c < table.length; c++) {
            for (int i = 0; i < count; i++) {
                table[c][i] = factor * Math.cos(Math.PI * c * (i + 0.5) / count);
            }
        }
        return table;
    }
}
