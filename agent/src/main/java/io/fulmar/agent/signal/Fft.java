package io.fulmar.agent.signal;

/** The Fourier transform of real numbers, sizes being powers of two. Owned by whoever makes it. */
public final class Fft {
    private final int size;
    private final double[] cosines;
    private final double[] sines;
    private final int[] order;
    private final double[] real;
    private final double[] imaginary;

    /** @param size how many numbers go in; a power of two */
    public Fft(int size) {
        this.size = size;
        cosines = new double[size / 2];
        sines = new double[size / 2];
        for (int i = 0; i < size / 2; i++) {
            cosines[i] = Math.cos(2 * Math.PI * i / size);
            sines[i] = -Math.sin(2 * Math.PI * i / size);
        }
        order = new int[size];
        for (int i = 1; i < size; i++) {
            order[i] = order[i / 2] / 2 + (i % 2 == 1 ? size / 2 : 0);
        }
        real = new double[size];
        imaginary = new double[size];
    }

    /** The smallest size that takes so many numbers. */
    public static int sizeFor(int numbers) {
        return numbers <= 2 ? 2 : Integer.highestOneBit(numbers - 1) * 2;
    }

    /** How many frequencies there are, from zero to half the rate. */
    public int bins() {
        return size / 2 + 1;
    }

    /** Writes the square of each frequency's magnitude. Fewer numbers than the size are followed by zeros. */
    public void power(double[] input, int count, double[] powers) {
        for (int i = 0; i < size; i++) {
            real[order[i]] = i < count ? input[i] : 0;
            imaginary[i] = 0;
        }
        for (int half = 1; half < size; half *= 2) {
            int step = size / (2 * half);
            for (int from = 0; from < size; from += 2 * half) {
                for (int k = 0; k < half; k++) {
                    double cosine = cosines[k * step];
                    double sine = sines[k * step];
                    int a = from + k;
                    int b = a + half;
                    double re = real[b] * cosine - imaginary[b] * sine;
                    double im = real[b] * sine + imaginary[b] * cosine;
                    real[b] = real[a] - re;
                    imaginary[b] = imaginary[a] - im;
                    real[a] += re;
                    imaginary[a] += im;
                }
            }
        }
        for (int i = 0; i < bins(); i++) {
            powers[i] = real[i] * real[i] + imaginary[i] * imaginary[i];
        }
    }
}
