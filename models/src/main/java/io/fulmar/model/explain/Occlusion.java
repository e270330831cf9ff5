package io.fulmar.model.explain;

/**
 * Explains a score of a picture by covering it patch by patch: where the score falls most, the model was looking. After Zeiler and
 * Fergus, "Visualizing and Understanding Convolutional Networks" (2014), section 4.2. Immutable.
 *
 * @param height rows of the picture
 * @param width pixels of a row
 * @param channels numbers of a pixel; they follow each other, as in the tensors of TensorFlow Lite (NHWC)
 * @param patch side of the square that is covered, in pixels
 * @param stride how far apart two squares begin, in pixels; at most {@code patch}, so that no pixel is left out
 */
public record Occlusion(int height, int width, int channels, int patch, int stride) {
    public Occlusion {
        if (height < 1 || width < 1 || channels < 1) {
            throw new IllegalArgumentException(
                    "a picture of " + height + " x " + width + " x " + channels + " is none");
        }
        if (patch < 1 || patch > Math.max(height, width)) {
            throw new IllegalArgumentException(
                    "a patch has 1 to " + Math.max(height, width) + " pixels a side, not " + patch);
        }
        if (stride < 1 || stride > patch) {
            throw new IllegalArgumentException(
                    "patches begin 1 to " + patch + " pixels apart, so that none is left out, not " + stride);
        }
    }

    /** How often the score is asked for. */
    public long runs() {
        return 1L + (long) starts(height) * starts(width);
    }

    /**
     * By how much the score falls when a pixel is covered, on average over the patches that cover it: {@code height * width} numbers, row by
     * row. Above 0 the pixel speaks for the score.
     *
     * @param picture as the model gets it; unchanged afterwards
     */
    public float[] explain(ScoreFunction score, float[] picture) {
        if (picture.length != height * width * channels) {
            throw new IllegalArgumentException(
                    "the picture has " + picture.length + " numbers, not " + height * width * channels);
        }
        float[] mean = mean(picture);
        double whole = score.of(picture.clone());
        float[] covered = picture.clone();
        double[] falls = new double[height * width];
        int[] patches = new int[height * width];
        for (int y = 0; y < height; y += stride) {
            for (int x = 0; x < width; x += stride) {
                cover(covered, y, x, mean);
                double fall = whole - score.of(covered);
                uncover(covered, y, x, picture);
                add(falls, patches, y, x, fall);
            }
        }
        float[] map = new float[falls.length];
        for (int i = 0; i < map.length; i++) {
            map[i] = (float) (falls[i] / patches[i]);
        }
        return map;
    }

    private int starts(int size) {
        return (size + stride - 1) / stride;
    }

    private void cover(float[] covered, int top, int left, float[] mean) {
        for (int y = top; y < Math.min(top + patch, height); y++) {
            for (int x = left; x < Math.min(left + patch, width); x++) {
                System.arraycopy(mean, 0, covered, (y * width + x) * channels, channels);
            }
        }
    }

    private void uncover(float[] covered, int top, int left, float[] picture) {
        for (int y = top; y < Math.min(top + patch, height); y++) {
            int from = (y * width + left) * channels;
            System.arraycopy(picture, from, covered, from, (Math.min(left + patch, width) - left) * channels);
        }
    }

    private void add(double[] falls, int[] patches, int top, int left, double fall) {
        for (int y = top; y < Math.min(top + patch, height); y++) {
            for (int x = left; x < Math.min(left + patch, width); x++) {
                falls[y * width + x] += fall;
                patches[y * width + x]++;
            }
        }
    }

    /** What a pixel is covered with: the mean of each channel, which is the least conspicuous. */
    private float[] mean(float[] picture) {
        double[] sum = new double[channels];
        for (int i = 0; i < picture.length; i++) {
            sum[i % channels] += picture[i];
        }
        float[] mean = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            mean[channel] = (float) (sum[channel] / (height * (double) width));
        }
        return mean;
    }
}
