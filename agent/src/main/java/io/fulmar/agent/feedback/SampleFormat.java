package io.fulmar.agent.feedback;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.media.ImageDecoder;
import io.fulmar.agent.media.MediaException;
import io.fulmar.agent.media.WavDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An input as a file that other programs read: files as they came, pictures as BMP, sound as WAV, numbers as NumPy arrays
 * of 32-bit floats. Immutable.
 *
 * @param ending of such a file
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
record SampleFormat(String ending, byte[] bytes) {
    private static final byte[] NUMPY = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int NUMPY_ALIGNMENT = 64;
    private static final Pattern NUMPY_SHAPE = Pattern.compile("'<f4'.*'shape': \\(([0-9, ]+)\\)");
    private static final int BMP_HEADER = 54;
    private static final int WAV_HEADER = 44;
    private static final int PCM = 1;
    private static final int FLOAT = 3;

    /** @param shape of numbers; none for a row of as many as there are */
    static SampleFormat of(Content content, int[] shape) {
        return switch (content) {
            case Content.Encoded file -> new SampleFormat(ending(file), file.bytes());
            case Content.Image picture -> new SampleFormat("bmp", bmp(picture));
            case Content.Audio sound -> new SampleFormat("wav", wav(sound));
            case Content.Values row ->
                new SampleFormat(
                        "npy", numpy(row.values(), shape.length == 0 ? new int[] {row.values().length} : shape));
        };
    }

    /**
     * A file's content again.
     *
     * @param shape of numbers as they were kept; none of anything else
     *     <p>Immutable, as long as nobody writes into the array.
     */
    record Decoded(Content content, int[] shape) {}

    /**
     * What was made such a file.
     *
     * @param files whether it came as one
     * @throws MediaException if the bytes are none of that
     */
    static Decoded decoded(String ending, byte[] bytes, boolean files) {
        if (files) {
            return new Decoded(new Content.Encoded(bytes, ""), new int[0]);
        }
        return switch (ending) {
            case "npy" -> numbers(bytes);
            case "wav" -> new Decoded(WavDecoder.decode(bytes), new int[0]);
            default -> new Decoded(ImageDecoder.decode(bytes, bytes.length), new int[0]);
        };
    }

    private static Decoded numbers(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int before = NUMPY.length + Short.BYTES;
        int header = bytes.length < before ? 0 : Short.toUnsignedInt(in.getShort(NUMPY.length));
        if (before + header > bytes.length) {
            throw new MediaException("damaged", "its numbers have no shape");
        }
        Matcher shape = NUMPY_SHAPE.matcher(new String(bytes, before, header, StandardCharsets.US_ASCII));
        if (!shape.find()) {
            throw new MediaException("unsupported", "its numbers are no array of 32-bit floats");
        }
        int[] dimensions = Arrays.stream(shape.group(1).strip().split("[, ]+", -1))
                .filter(text -> !text.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
        float[] values = new float[(bytes.length - before - header) / Float.BYTES];
        in.position(before + header)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return new Decoded(new Content.Values(values), dimensions);
    }

    /** The bytes decide; where nobody knows them, what the sender said. */
    private static String ending(Content.Encoded file) {
        byte[] bytes = file.bytes();
        if (begins(bytes, 0, 0xFF, 0xD8, 0xFF)) {
            return "jpg";
        }
        if (begins(bytes, 0, 0x89, 'P', 'N', 'G')) {
            return "png";
        }
        if (begins(bytes, 0, 'B', 'M')) {
            return "bmp";
        }
        if (begins(bytes, 0, 'R', 'I', 'F', 'F') && begins(bytes, 8, 'W', 'A', 'V', 'E')) {
            return "wav";
        }
        String said = file.mediaType().toLowerCase(Locale.ROOT);
        String last = said.substring(said.lastIndexOf('/') + 1).replaceAll("[^a-z0-9].*", "");
        return last.isEmpty() || last.length() > io.fulmar.sync.wire.Limits.SAMPLE_WORD_CHARS || last.equals("octet")
                ? "bin"
                : last;
    }

    private static boolean begins(byte[] bytes, int from, int... with) {
        for (int i = 0; i < with.length; i++) {
            if (from + i >= bytes.length || (bytes[from + i] & 0xFF) != with[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bmp(Content.Image picture) {
        int stride = (3 * picture.width() + 3) / 4 * 4;
        int size = BMP_HEADER + stride * picture.height();
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'B').put((byte) 'M').putInt(size).putInt(0).putInt(BMP_HEADER);
        out.putInt(40).putInt(picture.width()).putInt(picture.height());
        out.putShort((short) 1).putShort((short) 24).putInt(0).putInt(size - BMP_HEADER);
        for (int y = 0; y < picture.height(); y++) {
            int from = 3 * picture.width() * (picture.height() - 1 - y);
            for (int x = 0; x < picture.width(); x++) {
                int to = BMP_HEADER + stride * y + 3 * x;
                out.put(to, picture.rgb()[from + 3 * x + 2]);
                out.put(to + 1, picture.rgb()[from + 3 * x + 1]);
                out.put(to + 2, picture.rgb()[from + 3 * x]);
            }
        }
        return out.array();
    }

    /** 16 bits where they hold every sample exactly, as those of most sources are, else floats. */
    private static byte[] wav(Content.Audio sound) {
        boolean whole = true;
        for (float sample : sound.samples()) {
            float scaled = sample * 32_768;
            whole &= scaled == Math.rint(scaled) && scaled >= Short.MIN_VALUE && scaled <= Short.MAX_VALUE;
        }
        int bytes = whole ? Short.BYTES : Float.BYTES;
        int data = bytes * sound.samples().length;
        ByteBuffer out = ByteBuffer.allocate(WAV_HEADER + data).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(WAV_HEADER - 8 + data);
        out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        out.putShort((short) (whole ? PCM : FLOAT)).putShort((short) 1).putInt(sound.rate());
        out.putInt(sound.rate() * bytes).putShort((short) bytes).putShort((short) (8 * bytes));
        out.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data);
        for (float sample : sound.samples()) {
            if (whole) {
                out.putShort((short) (sample * 32_768));
            } else {
                out.putFloat(sample);
            }
        }
        return out.array();
    }

    private static byte[] numpy(float[] values, int[] shape) {
        StringBuilder dimensions = new StringBuilder();
        Arrays.stream(shape).forEach(each -> dimensions.append(each).append(", "));
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': ("
                + dimensions.toString().stripTrailing() + "), }";
        int before = NUMPY.length + Short.BYTES;
        int header = Math.ceilDiv(before + text.length() + 1, NUMPY_ALIGNMENT) * NUMPY_ALIGNMENT - before;
        ByteBuffer out = ByteBuffer.allocate(before + header + Float.BYTES * values.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.put(NUMPY).putShort((short) header);
        out.put((text + " ".repeat(header - 1 - text.length()) + "\n").getBytes(StandardCharsets.US_ASCII));
        out.asFloatBuffer().put(values);
        return out.array();
    }
}
