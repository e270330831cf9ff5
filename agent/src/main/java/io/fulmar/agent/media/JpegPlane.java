package io.fulmar.agent.media;

/** One component of a JPEG: brightness, or one of the two colours. Owned by the decoder that makes it. */
final class JpegPlane {
    final int id;
    final int across;
    final int down;
    final int table;

    /** Blocks that hold pixels of the picture. */
    int columns;

    int rows;

    /** Blocks that are there, with those that fill up the last units. */
    int wide;

    int high;

    /** Pixels that are the picture's. */
    int width;

    int height;

    byte[] pixels = {};

    /** Of all blocks of a progressive picture, else of one. */
    short[] coefficients = {};

    int[] steps = {};
    JpegCodes dc = JpegCodes.LUMINANCE_DC;
    JpegCodes ac = JpegCodes.LUMINANCE_AC;
    int last;

    /**
     * @param across how many of its samples stand beside each other where the whole unit is as wide as the widest component
     * @param table the number of its table of steps
     */
    JpegPlane(int id, int across, int down, int table) {
        this.id = id;
        this.across = across;
        this.down = down;
        this.table = table;
    }

    int stride() {
        return 8 * wide;
    }

    /**
     * A row of the picture as bytes, with as many samples as the picture is wide (and maybe some more): where a component has
     * fewer samples, those between are interpolated as libjpeg does ("fancy upsampling"), or repeated.
     *
     * @param y the row in the picture
     */
    void row(int y, int mostAcross, int mostDown, byte[] into, int[] sums) {
        boolean twiceAcross = across * 2 == mostAcross && width > 2;
        if (across == mostAcross && down == mostDown) {
            System.arraycopy(pixels, y * stride(), into, 0, width);
        } else if (twiceAcross && down == mostDown) {
            between(y * stride(), into);
        } else if (twiceAcross && down * 2 == mostDown) {
            int near = y / 2;
            int far = Math.clamp(y % 2 == 0 ? near - 1 : near + 1, 0, height - 1);
            between(near * stride(), far * stride(), into, sums);
        } else {
            int from = y * down / mostDown * stride();
            for (int x = 0; x < Math.min(width * mostAcross / across, into.length); x++) {
                into[x] = pixels[from + x * across / mostAcross];
            }
        }
    }

    /** Three parts of the nearer, one of the farther neighbour. */
    private void between(int from, byte[] into) {
        into[0] = pixels[from];
        into[1] = (byte) ((3 * at(from) + at(from + 1) + 2) >> 2);
        for (int x = 1; x < width - 1; x++) {
            int three = 3 * at(from + x);
            into[2 * x] = (byte) ((three + at(from + x - 1) + 1) >> 2);
            into[2 * x + 1] = (byte) ((three + at(from + x + 1) + 2) >> 2);
        }
        int end = width - 1;
        into[2 * end] = (byte) ((3 * at(from + end) + at(from + end - 1) + 1) >> 2);
        into[2 * end + 1] = pixels[from + end];
    }

    private void between(int near, int far, byte[] into, int[] sums) {
        for (int x = 0; x < width; x++) {
            sums[x] = 3 * at(near + x) + at(far + x);
        }
        into[0] = (byte) ((4 * sums[0] + 8) >> 4);
        into[1] = (byte) ((3 * sums[0] + sums[1] + 7) >> 4);
        for (int x = 1; x < width - 1; x++) {
            into[2 * x] = (byte) ((3 * sums[x] + sums[x - 1] + 8) >> 4);
            into[2 * x + 1] = (byte) ((3 * sums[x] + sums[x + 1] + 7) >> 4);
        }
        int end = width - 1;
        into[2 * end] = (byte) ((3 * sums[end] + sums[end - 1] + 8) >> 4);
        into[2 * end + 1] = (byte) ((4 * sums[end] + 7) >> 4);
    }

    private int at(int index) {
        return pixels[index] & 0xFF;
    }
}
