package io.fulmar.agent.signal;

/**
 * The Fourier transform of real numbers of 16 bits in whole numbers, rounded step by step as KISS FFT does with FIXED_POINT=16, so
 * that the results are the same bit for bit. Sizes are powers of two whose half is a power of four, or twice one. Owned by whoever
 * makes it.
 */
final class FixedFft {
    private static final int HALF = 16_383;
    private static final int QUARTER = 8_191;

    private final int size;
    private final short[] twiddlesReal;
    private final short[] twiddlesImaginary;
    private final short[] superReal;
    private final short[] superImaginary;
    private final short[] real;
    private final short[] imaginary;

    /** @param realSize how many numbers go in */
    FixedFft(int realSize) {
        size = realSize / 2;
        twiddlesReal = new short[size];
        twiddlesImaginary = new short[size];
        for (int i = 0; i < size; i++) {
            double phase = -2 * Math.PI * i / size;
            twiddlesReal[i] = fixed(Math.cos(phase));
            twiddlesImaginary[i] = fixed(Math.sin(phase));
        }
        superReal = new short[size / 2];
        superImaginary = new short[size / 2];
        for (int i = 0; i < size / 2; i++) {
            double phase = -Math.PI * ((double) (i + 1) / size + 0.5);
            superReal[i] = fixed(Math.cos(phase));
            superImaginary[i] = fixed(Math.sin(phase));
        }
        real = new short[size];
        imaginary = new short[size];
    }

    private static short fixed(double value) {
        return (short) Math.floor(0.5 + Short.MAX_VALUE * value);
    }

    /** The first half of the spectrum and its middle: {@code size / 2 + 1} numbers of the input's size. */
    void transform(short[] input, short[] outReal, short[] outImaginary) {
        work(0, input, 0, 1, size);
        short r = fraction(real[0], HALF);
        short i = fraction(imaginary[0], HALF);
        outReal[0] = (short) (r + i);
        outReal[size] = (short) (r - i);
        outImaginary[0] = 0;
        outImaginary[size] = 0;
        for (int k = 1; k <= size / 2; k++) {
            short pr = fraction(real[k], HALF);
            short pi = fraction(imaginary[k], HALF);
            short nr = fraction(real[size - k], HALF);
            short ni = fraction((short) -imaginary[size - k], HALF);
            short ar = (short) (pr + nr);
            short ai = (short) (pi + ni);
            short br = (short) (pr - nr);
            short bi = (short) (pi - ni);
            short tr = rounded(br * superReal[k - 1] - bi * superImaginary[k - 1]);
            short ti = rounded(br * superImaginary[k - 1] + bi * superReal[k - 1]);
            outReal[k] = (short) ((ar + tr) >> 1);
            outImaginary[k] = (short) ((ai + ti) >> 1);
            outReal[size - k] = (short) ((ar - tr) >> 1);
            outImaginary[size - k] = (short) ((ti - ai) >> 1);
        }
    }

    /** {@code count} numbers that stand {@code stride} apart in the input, which has pairs of real and imaginary parts. */
    private void work(int to, short[] input, int from, int stride, int count) {
        if (count == 1) {
            real[to] = input[2 * from];
            imaginary[to] = input[2 * from + 1];
            return;
        }
        int radix = count % 4 == 0 ? 4 : 2;
        int part = count / radix;
        for (int i = 0; i < radix; i++) {
            work(to + i * part, input, from + i * stride, stride * radix, part);
        }
        if (radix == 4) {
            four(to, stride, part);
        } else {
            two(to, stride, part);
        }
    }

    private void two(int from, int stride, int part) {
        for (int k = 0; k < part; k++) {
            int a = from + k;
            int b = a + part;
            short ar = fraction(real[a], HALF);
            short ai = fraction(imaginary[a], HALF);
            short br = fraction(real[b], HALF);
            short bi = fraction(imaginary[b], HALF);
            short tr = timesReal(br, bi, k * stride);
            short ti = timesImaginary(br, bi, k * stride);
            real[b] = (short) (ar - tr);
            imaginary[b] = (short) (ai - ti);
            real[a] = (short) (ar + tr);
            imaginary[a] = (short) (ai + ti);
        }
    }

    private void four(int from, int stride, int part) {
        for (int k = 0; k < part; k++) {
            int a = from + k;
            int b = a + part;
            int c = b + part;
            int d = c + part;
            short ar = fraction(real[a], QUARTER);
            short ai = fraction(imaginary[a], QUARTER);
            short br = fraction(real[b], QUARTER);
            short bi = fraction(imaginary[b], QUARTER);
            short cr = fraction(real[c], QUARTER);
            short ci = fraction(imaginary[c], QUARTER);
            short dr = fraction(real[d], QUARTER);
            short di = fraction(imaginary[d], QUARTER);
            short r0 = timesReal(br, bi, k * stride);
            short i0 = timesImaginary(br, bi, k * stride);
            short r1 = timesReal(cr, ci, 2 * k * stride);
            short i1 = timesImaginary(cr, ci, 2 * k * stride);
            short r2 = timesReal(dr, di, 3 * k * stride);
            short i2 = timesImaginary(dr, di, 3 * k * stride);
            short r5 = (short) (ar - r1);
            short i5 = (short) (ai - i1);
            ar += r1;
            ai += i1;
            short r3 = (short) (r0 + r2);
            short i3 = (short) (i0 + i2);
            short r4 = (short) (r0 - r2);
            short i4 = (short) (i0 - i2);
            real[c] = (short) (ar - r3);
            imaginary[c] = (short) (ai - i3);
            real[a] = (short) (ar + r3);
            imaginary[a] = (short) (ai + i3);
            real[b] = (short) (r5 + i4);
            imaginary[b] = (short) (i5 - r4);
            real[d] = (short) (r5 - i4);
            imaginary[d] = (short) (i5 + r4);
        }
    }

    private short timesReal(short re, short im, int twiddle) {
        return rounded(re * twiddlesReal[twiddle] - im * twiddlesImaginary[twiddle]);
    }

    private short timesImaginary(short re, short im, int twiddle) {
        return rounded(re * twiddlesImaginary[twiddle] + im * twiddlesReal[twiddle]);
    }

    private static short fraction(short value, int of) {
        return rounded(value * of);
    }

    private static short rounded(int product) {
        return (short) ((product + (1 << 14)) >> 15);
    }
}
