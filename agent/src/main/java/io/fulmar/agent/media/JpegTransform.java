package io.fulmar.agent.media;

/**
 * The inverse discrete cosine transform of a JPEG's block, in whole numbers: the one of Loeffler, Ligtenberg and Moschytz (1989)
 * with 13 bits of fraction, which libjpeg calls "islow", so that pixels are the same as there. Owned by the decoder that makes it.
 */
final class JpegTransform {
    private static final int BITS = 13;
    private static final int FIRST = 2;
    private static final int F_0_298 = 2446;
    private static final int F_0_390 = 3196;
    private static final int F_0_541 = 4433;
    private static final int F_0_765 = 6270;
    private static final int F_0_899 = 7373;
    private static final int F_1_175 = 9633;
    private static final int F_1_501 = 12299;
    private static final int F_1_847 = 15137;
    private static final int F_1_961 = 16069;
    private static final int F_2_053 = 16819;
    private static final int F_2_562 = 20995;
    private static final int F_3_072 = 25172;

    private final int[] work = new int[64];
    private final int[] eight = new int[8];

    /**
     * Writes the block's 8 x 8 pixels.
     *
     * @param coefficients of the block, in rows, from {@code from} on
     * @param steps what each is multiplied with
     */
    void inverse(short[] coefficients, int from, int[] steps, byte[] plane, int at, int stride) {
        for (int x = 0; x < 8; x++) {
            for (int y = 0; y < 8; y++) {
                int i = 8 * y + x;
                eight[y] = coefficients[from + i] * steps[i];
            }
            transform(BITS - FIRST);
            for (int y = 0; y < 8; y++) {
                work[8 * y + x] = eight[y];
            }
        }
        for (int y = 0; y < 8; y++) {
            System.arraycopy(work, 8 * y, eight, 0, 8);
            transform(BITS + FIRST + 3);
            int row = at + y * stride;
            for (int x = 0; x < 8; x++) {
                plane[row + x] = (byte) Math.clamp(eight[x] + 128, 0, 255);
            }
        }
    }

    /** One dimension of it, rounded to so many bits less. */
    private void transform(int shift) {
        int z1 = (eight[2] + eight[6]) * F_0_541;
        int t2 = z1 - eight[6] * F_1_847;
        int t3 = z1 + eight[2] * F_0_765;
        int t0 = (eight[0] + eight[4]) << BITS;
        int t1 = (eight[0] - eight[4]) << BITS;
        int e0 = t0 + t3;
        int e3 = t0 - t3;
        int e1 = t1 + t2;
        int e2 = t1 - t2;

        int o0 = eight[7];
        int o1 = eight[5];
        int o2 = eight[3];
        int o3 = eight[1];
        int y1 = -(o0 + o3) * F_0_899;
        int y2 = -(o1 + o2) * F_2_562;
        int y5 = (o0 + o2 + o1 + o3) * F_1_175;
        int y3 = y5 - (o0 + o2) * F_1_961;
        int y4 = y5 - (o1 + o3) * F_0_390;
        o0 = o0 * F_0_298 + y1 + y3;
        o1 = o1 * F_2_053 + y2 + y4;
        o2 = o2 * F_3_072 + y2 + y3;
        o3 = o3 * F_1_501 + y1 + y4;

        int half = 1 << (shift - 1);
        eight[0] = (e0 + o3 + half) >> shift;
        eight[7] = (e0 - o3 + half) >> shift;
        eight[1] = (e1 + o2 + half) >> shift;
        eight[6] = (e1 - o2 + half) >> shift;
        eight[2] = (e2 + o1 + half) >> shift;
        eight[5] = (e2 - o1 + half) >> shift;
        eight[3] = (e3 + o0 + half) >> shift;
        eight[4] = (e3 - o0 + half) >> shift;
    }
}
