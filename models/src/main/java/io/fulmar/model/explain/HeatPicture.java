package io.fulmar.model.explain;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * A heat map over the picture that it explains, as a PNG: the picture in grey, red where it speaks for the score and blue where it
 * speaks against it. PNG as in the W3C recommendation, third edition (2025).
 */
public final class HeatPicture {
    /** A smaller picture is enlarged to about this many pixels, so that it can be seen. */
    private static final int SHOWN = 256;

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private HeatPicture() {}

    /**
     * Draws it.
     *
     * @param picture {@code height * width * channels} numbers of any range
     * @param map {@code height * width} numbers, as {@link Occlusion} gives them
     */
    public static byte[] png(Occlusion of, float[] picture, float[] map) {
        int scale = Math.max(1, SHOWN / Math.max(of.height(), of.width()));
        byte[] grey = grey(of, picture);
        float most = 0;
        for (float value : map) {
            most = Math.max(most, Math.abs(value));
        }
        int width = of.width() * scale;
        int height = of.height() * scale;
        byte[] rows = new byte[height * (1 + 3 * width)]; // each row begins with its filter, which is none
        for (int y = 0; y < height; y++) {
            int at = y * (1 + 3 * width) + 1;
            for (int x = 0; x < width; x++) {
                int pixel = y / scale * of.width() + x / scale;
                float heat = most == 0 ? 0 : map[pixel] / most;
                colour(rows, at + 3 * x, grey[pixel] & 0xff, heat);
            }
        }
        return png(width, height, rows);
    }

    /** The same with at most so many bytes: where that is too little for all pixels, some are one. */
    public static byte[] png(Occlusion of, float[] picture, float[] map, int mostBytes) {
        byte[] png = png(of, picture, map);
        for (int factor = 2; png.length > mostBytes && factor <= Math.min(of.height(), of.width()); factor++) {
            Occlusion smaller = new Occlusion(of.height() / factor, of.width() / factor, of.channels(), 1, 1);
            png = png(
                    smaller,
                    means(picture, of.width(), smaller, of.channels(), factor),
                    means(map, of.width(), smaller, 1, factor));
        }
        return png;
    }

    private static float[] means(float[] numbers, int width, Occlusion smaller, int channels, int factor) {
        float[] means = new float[smaller.height() * smaller.width() * channels];
        for (int i = 0; i < means.length; i++) {
            int pixel = i / channels;
            int top = pixel / smaller.width() * factor;
            int left = pixel % smaller.width() * factor;
            for (int y = top; y < top + factor; y++) {
                for (int x = left; x < left + factor; x++) {
                    means[i] += numbers[(y * width + x) * channels + i % channels] / (factor * factor);
                }
            }
        }
        return means;
    }

    private static void colour(byte[] rgb, int at, int grey, float heat) {
        float share = Math.abs(heat) * 0.75f;
        rgb[at] = mixed(grey, heat > 0 ? 255 : 0, share);
        rgb[at + 1] = mixed(grey, 0, share);
        rgb[at + 2] = mixed(grey, heat > 0 ? 0 : 255, share);
    }

    private static byte mixed(int under, int over, float share) {
        return (byte) Math.round(under + (over - under) * share);
    }

    /** The mean of the channels, from the darkest to the brightest pixel. */
    private static byte[] grey(Occlusion of, float[] picture) {
        float[] means = new float[of.height() * of.width()];
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < means.length; i++) {
            for (int channel = 0; channel < of.channels(); channel++) {
                means[i] += picture[i * of.channels() + channel] / of.channels();
            }
            least = Math.min(least, means[i]);
            most = Math.max(most, means[i]);
        }
        byte[] grey = new byte[means.length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = (byte) (most > least ? Math.round(255 * (means[i] - least) / (most - least)) : 128);
        }
        return grey;
    }

    private static byte[] png(int width, int height, byte[] rows) {
        try {
            var out = new ByteArrayOutputStream();
            out.write(SIGNATURE);
            var header = new ByteArrayOutputStream();
            var fields = new DataOutputStream(header);
            fields.writeInt(width);
            fields.writeInt(height);
            fields.write(new byte[] {8, 2, 0, 0, 0}); // 8 bits a channel, RGB; compression, filter, no interlace
            chunk(out, "IHDR", header.toByteArray());
            var data = new ByteArrayOutputStream();
            try (var deflater = new DeflaterOutputStream(data)) {
                deflater.write(rows);
            }
            chunk(out, "IDAT", data.toByteArray());
            chunk(out, "IEND", new byte[0]);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // in memory
        }
    }

    private static void chunk(ByteArrayOutputStream out, String name, byte[] data) throws IOException {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32();
        crc.update(type);
        crc.update(data);
        var to = new DataOutputStream(out);
        to.writeInt(data.length);
        to.write(type);
        to.write(data);
        to.writeInt((int) crc.getValue());
    }
}
