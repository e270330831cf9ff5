package io.fulmar.agent.media;

import io.fulmar.agent.io.Content;

/** Makes pixels of a JPEG, PNG or BMP, told apart by their first bytes. Thread-safe. */
public final class ImageDecoder {
    private ImageDecoder() {}

    /**
     * The picture, without its transparency.
     *
     * @param maxPixels more are refused before anything is allocated for them
     * @throws MediaException if it is none of the three, damaged, or too large
     */
    public static Content.Image decode(byte[] file, int maxPixels) {
        return switch (format(file)) {
            case "JPEG" -> new Jpeg(file, maxPixels).decode();
            case "PNG" -> new Png(file, maxPixels).decode();
            case "BMP" -> Bmp.decode(file, maxPixels);
            case String other ->
                throw MediaException.unsupported("this is " + other + "; JPEG, PNG and BMP can be decoded");
        };
    }

    private static String format(byte[] file) {
        if (starts(file, 0, 0xFF, 0xD8, 0xFF)) {
            return "JPEG";
        } else if (starts(file, 0, 0x89, 'P', 'N', 'G')) {
            return "PNG";
        } else if (starts(file, 0, 'B', 'M')) {
            return "BMP";
        } else if (starts(file, 0, 'R', 'I', 'F', 'F')) {
            return starts(file, 8, 'W', 'E', 'B', 'P') ? "a WebP picture" : "a WAV or AVI file, not a picture";
        } else if (starts(file, 0, 'G', 'I', 'F', '8')) {
            return "a GIF picture";
        } else if (starts(file, 0, 'I', 'I', 42, 0) || starts(file, 0, 'M', 'M', 0, 42)) {
            return "a TIFF picture";
        } else if (starts(file, 4, 'f', 't', 'y', 'p')) {
            return "a HEIF, AVIF or MP4 file";
        }
        return file.length == 0 ? "an empty file" : "no picture in a format that is known here";
    }

    private static boolean starts(byte[] file, int from, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (from + i >= file.length || (file[from + i] & 0xFF) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
