package io.fulmar.agent.media;

import io.fulmar.agent.io.Content;

/**
 * Gives pictures another size. Pixels are squares: the first one's middle is at one half, as in OpenCV and in TensorFlow 2. Owned by
 * whoever makes it.
 */
public final class Resize {
    private final int width;
    private final int height;
    private final Method method;
    private final Fit fit;
    private final byte[] rgb;
    private final Content.Image resized;
    private Axis across = Axis.NONE;
    private Axis down = Axis.NONE;
    private int fromWidth;
    private int fromHeight;
    private float[] line = {};
    private View view = View.ALL;

    /** How a pixel comes to its colour. */
    public enum Method {
        /** The colour of the pixel that it falls into. */
        NEAREST,
        /** Between the four around it. */
        BILINEAR,
        /** The mean of all that it covers. */
        AREA
    }

    /** What becomes of a picture with other proportions. */
    public enum Fit {
        /** All of it, distorted. */
        STRETCH,
        /** All of it, undistorted, with borders. */
        LETTERBOX,
        /** Its middle, undistorted. */
        CROP
    }

    /**
     * Which pixels, and how much of each, make those of one dimension.
     *
     * @param first the first of {@code starts[i + 1] - starts[i]} neighbours for pixel {@code i}
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Axis(int from, int[] first, int[] starts, float[] weights) {
        static final Axis NONE = new Axis(0, new int[0], new int[1], new float[0]);

        int pixels() {
            return first.length;
        }
    }

    /** @param fill red, green and blue of the borders */
    public Resize(int width, int height, Method method, Fit fit, int[] fill) {
        this.width = width;
        this.height = height;
        this.method = method;
        this.fit = fit;
        this.rgb = new byte[3 * width * height];
        this.resized = new Content.Image(width, height, rgb);
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) fill[i % 3];
        }
    }

    /** The picture in the other size, valid until the next one. */
    public Content.Image apply(Content.Image image) {
        if (image.width() != fromWidth || image.height() != fromHeight) {
            layOut(image.width(), image.height());
        }
        byte[] from = image.rgb();
        int stride = 3 * image.width();
        for (int y = 0; y < down.pixels(); y++) {
            int rows = down.starts()[y];
            int count = down.starts()[y + 1] - rows;
            sum(from, down.first()[y] * stride, stride, count, rows);
            write(3 * ((down.from() + y) * width + across.from()));
        }
        return resized;
    }

    /** What the picture that it gave last shows of the one it was made of. */
    public View view() {
        return view;
    }

    /** Adds up the rows that a row is made of. */
    private void sum(byte[] from, int at, int stride, int count, int firstWeight) {
        for (int row = 0; row < count; row++) {
            float weight = down.weights()[firstWeight + row];
            int start = at + row * stride;
            if (row == 0) {
                for (int i = 0; i < stride; i++) {
                    line[i] = weight * (from[start + i] & 0xFF);
                }
            } else {
                for (int i = 0; i < stride; i++) {
                    line[i] += weight * (from[start + i] & 0xFF);
                }
            }
        }
    }

    private void write(int at) {
        int to = at;
        for (int x = 0; x < across.pixels(); x++) {
            float red = 0.5f;
            float green = 0.5f;
            float blue = 0.5f;
            int pixel = 3 * across.first()[x];
            for (int w = across.starts()[x]; w < across.starts()[x + 1]; w++) {
                float weight = across.weights()[w];
                red += weight * line[pixel++];
                green += weight * line[pixel++];
                blue += weight * line[pixel++];
            }
            rgb[to++] = (byte) Math.min(255, (int) red);
            rgb[to++] = (byte) Math.min(255, (int) green);
            rgb[to++] = (byte) Math.min(255, (int) blue);
        }
    }

    private void layOut(int imageWidth, int imageHeight) {
        fromWidth = imageWidth;
        fromHeight = imageHeight;
        line = new float[3 * imageWidth];
        double scaleX = (double) width / imageWidth;
        double scaleY = (double) height / imageHeight;
        switch (fit) {
            case STRETCH -> {
                view = View.ALL;
                across = axis(imageWidth, 0, imageWidth, 0, width);
                down = axis(imageHeight, 0, imageHeight, 0, height);
            }
            case LETTERBOX -> {
                double scale = Math.min(scaleX, scaleY);
                int innerWidth = Math.clamp(Math.round(imageWidth * scale), 1, width);
                int innerHeight = Math.clamp(Math.round(imageHeight * scale), 1, height);
                int left = (width - innerWidth) / 2;
                int top = (height - innerHeight) / 2;
                view = new View(
                        -left / (double) innerWidth,
                        -top / (double) innerHeight,
                        width / (double) innerWidth,
                        height / (double) innerHeight);
                across = axis(imageWidth, 0, imageWidth, left, innerWidth);
                down = axis(imageHeight, 0, imageHeight, top, innerHeight);
            }
            case CROP -> {
                double scale = Math.max(scaleX, scaleY);
                double seenWidth = Math.min(imageWidth, width / scale);
                double seenHeight = Math.min(imageHeight, height / scale);
                view = new View(
                        (1 - seenWidth / imageWidth) / 2,
                        (1 - seenHeight / imageHeight) / 2,
                        seenWidth / imageWidth,
                        seenHeight / imageHeight);
                across = axis(imageWidth, (imageWidth - seenWidth) / 2, seenWidth, 0, width);
                down = axis(imageHeight, (imageHeight - seenHeight) / 2, seenHeight, 0, height);
            }
        }
    }

    /**
     * One dimension.
     *
     * @param all pixels that there are
     * @param start where what is seen of them begins
     * @param seen how much of them is seen
     * @param to where the first pixel goes
     * @param pixels how many there are to be
     */
    private Axis axis(int all, double start, double seen, int to, int pixels) {
        double step = seen / pixels;
        int most = method == Method.AREA ? (int) Math.ceil(step) + 1 : 2;
        int[] first = new int[pixels];
        int[] starts = new int[pixels + 1];
        float[] weights = new float[pixels * most];
        for (int i = 0; i < pixels; i++) {
            int at = starts[i];
            switch (method) {
                case NEAREST -> {
                    first[i] = Math.clamp((long) Math.floor(start + (i + 0.5) * step), 0, all - 1);
                    weights[at++] = 1;
                }
                case BILINEAR -> {
                    double middle = Math.clamp(start + (i + 0.5) * step - 0.5, 0, all - 1);
                    first[i] = (int) middle;
                    double rest = middle - first[i];
                    weights[at++] = (float) (1 - rest);
                    if (rest > 0) {
                        weights[at++] = (float) rest;
                    }
                }
                case AREA -> {
                    double left = start + i * step;
                    double right = Math.min(all, left + step);
                    first[i] = Math.min(all - 1, (int) left);
                    for (int pixel = first[i]; pixel < right && at - starts[i] < most; pixel++) {
                        double covered = Math.min(right, pixel + 1) - Math.max(left, pixel);
                        if (covered > 1e-9) {
                            weights[at++] = (float) (covered / step);
                        }
                    }
                }
            }
            starts[i + 1] = at;
        }
        return new Axis(to, first, starts, weights);
    }
}
