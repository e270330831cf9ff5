package io.fulmar.agent.media;

import io.fulmar.agent.io.Content;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * JPEG by ITU-T T.81: baseline, extended and progressive with Huffman codes, 8 bits, grey or three components. Its pixels are
 * those of libjpeg. A picture that is not progressive may lack its end where all scans are whole; any other that ends too early
 * is refused. Owned by the call that makes it.
 */
final class Jpeg {
    static final String WHAT = "JPEG";

    private static final int START = 0xD8;
    private static final int END = 0xD9;
    private static final int CODES = 0xC4;
    private static final int STEPS = 0xDB;
    private static final int RESTARTS = 0xDD;
    private static final int SCAN = 0xDA;
    private static final int JFIF = 0xE0;
    private static final int ADOBE = 0xEE;

    private static final int[] ZIGZAG = {
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
        21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
        61, 54, 47, 55, 62, 63
    };

    private final ByteInput in;
    private final JpegBits bits;
    private final int maxPixels;
    private final JpegTransform transform = new JpegTransform();
    private final int[][] steps = new int[4][];
    private final JpegCodes[] dc = {
        JpegCodes.LUMINANCE_DC, JpegCodes.COLOUR_DC, JpegCodes.LUMINANCE_DC, JpegCodes.COLOUR_DC
    };
    private final JpegCodes[] ac = {
        JpegCodes.LUMINANCE_AC, JpegCodes.COLOUR_AC, JpegCodes.LUMINANCE_AC, JpegCodes.COLOUR_AC
    };
    private final List<JpegPlane> planes = new ArrayList<>();
    private int width;
    private int height;
    private int mostAcross = 1;
    private int mostDown = 1;
    private boolean progressive;
    private int restartEvery;
    private int adobe = -1;
    private boolean jfif;
    private int scans;
    private int first;
    private int lastCoefficient;
    private int shift;
    private boolean refines;
    private int endOfBands;

    Jpeg(byte[] file, int maxPixels) {
        this.in = new ByteInput(WHAT, file);
        this.bits = new JpegBits(file);
        this.maxPixels = maxPixels;
    }

    Content.Image decode() {
        in.skip(2);
        while (true) {
            if (scans > 0 && in.remaining() == 0 && !progressive) {
                break; // some cameras leave the end out
            }
            int marker = marker();
            if (marker == END) {
                break;
            }
            if (marker == START || marker == 1 || (marker >= 0xD0 && marker <= 0xD7)) {
                continue;
            }
            int length = in.u16be() - 2;
            int end = in.position() + length;
            if (length < 0 || length > in.remaining()) {
                throw MediaException.truncated(WHAT);
            }
            segment(marker, end);
        }
        if (scans == 0) {
            throw MediaException.truncated(WHAT);
        }
        return picture();
    }

    private int marker() {
        int marker = in.u8();
        if (marker != 0xFF) {
            throw MediaException.damaged(WHAT, "there is no marker at byte " + (in.position() - 1));
        }
        while (marker == 0xFF) {
            marker = in.u8();
        }
        return marker;
    }

    private void segment(int marker, int end) {
        switch (marker) {
            case STEPS -> steps(end);
            case CODES -> codes(end);
            case RESTARTS -> restartEvery = in.u16be();
            case JFIF -> jfif = end - in.position() >= 5 && in.s32be() == 0x4A464946 && in.u8() == 0;
            case ADOBE -> {
                if (end - in.position() >= 12 && in.u8() == 'A' && in.u8() == 'd') {
                    in.skip(9);
                    adobe = in.u8();
                }
            }
            case 0xC0, 0xC1, 0xC2 -> frame(marker == 0xC2);
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF ->
                throw MediaException.unsupported("this JPEG is "
                        + switch (marker) {
                            case 0xC3, 0xC7, 0xCB, 0xCF -> "lossless";
                            case 0xC9, 0xCA, 0xCD, 0xCE -> "coded arithmetically";
                            default -> "hierarchical";
                        }
                        + ", which is not decoded");
            case SCAN -> {
                scan();
                return; // ends where its bits end
            }
            default -> {}
        }
        in.seek(end);
    }

    private void steps(int end) {
        while (in.position() < end) {
            int which = in.u8();
            int[] table = new int[64];
            for (int at : ZIGZAG) {
                table[at] = which >> 4 == 0 ? in.u8() : in.u16be();
            }
            if ((which & 15) > 3) {
                throw MediaException.damaged(WHAT, "it has a table " + (which & 15));
            }
            steps[which & 15] = table;
        }
    }

    private void codes(int end) {
        while (in.position() < end) {
            int which = in.u8();
            byte[] counts = new byte[16];
            int sum = 0;
            for (int i = 0; i < counts.length; i++) {
                counts[i] = (byte) in.u8();
                sum += counts[i] & 0xFF;
            }
            if ((which & 15) > 3 || which >> 4 > 1 || sum > 256) {
                throw MediaException.damaged(WHAT, "it has a code table " + which + " of " + sum + " codes");
            }
            byte[] values = new byte[sum];
            for (int i = 0; i < sum; i++) {
                values[i] = (byte) in.u8();
            }
            (which >> 4 == 0 ? dc : ac)[which & 15] = new JpegCodes(counts, values);
        }
    }

    private void frame(boolean isProgressive) {
        if (!planes.isEmpty()) {
            throw MediaException.damaged(WHAT, "it has two frames");
        }
        progressive = isProgressive;
        int precision = in.u8();
        height = in.u16be();
        width = in.u16be();
        int components = in.u8();
        if (precision != 8) {
            throw MediaException.unsupported("this JPEG has " + precision + " bits a sample; 8 are decoded");
        }
        if (components == 4) {
            throw MediaException.unsupported("this JPEG is CMYK, for printing; save it as RGB");
        }
        if (components != 1 && components != 3) {
            throw MediaException.unsupported("this JPEG has " + components + " components; 1 and 3 are decoded");
        }
        Limits.requirePixels(WHAT, width, height, maxPixels);
        for (int i = 0; i < components; i++) {
            int id = in.u8();
            int factors = in.u8();
            int table = in.u8();
            JpegPlane plane = new JpegPlane(id, factors >> 4, factors & 15, table);
            if (plane.across < 1 || plane.across > 4 || plane.down < 1 || plane.down > 4 || table > 3) {
                throw MediaException.damaged(
                        WHAT, "component " + id + " is sampled " + plane.across + " x " + plane.down);
            }
            planes.add(plane);
            mostAcross = Math.max(mostAcross, plane.across);
            mostDown = Math.max(mostDown, plane.down);
        }
        planes.forEach(this::layOut);
        long bytes = 3L * width * height;
        for (JpegPlane plane : planes) {
            bytes += 64L * plane.wide * plane.high * (progressive ? 3 : 1);
        }
        Limits.requireMemory(WHAT, bytes);
        for (JpegPlane plane : planes) {
            int samples = 64 * plane.wide * plane.high;
            plane.pixels = new byte[samples];
            plane.coefficients = new short[progressive ? samples : 64];
        }
    }

    private void layOut(JpegPlane plane) {
        plane.width = up(width * plane.across, mostAcross);
        plane.height = up(height * plane.down, mostDown);
        plane.columns = up(plane.width, 8);
        plane.rows = up(plane.height, 8);
        plane.wide = up(width, 8 * mostAcross) * plane.across;
        plane.high = up(height, 8 * mostDown) * plane.down;
    }

    private static int up(int value, int divisor) {
        return (value + divisor - 1) / divisor;
    }

    // ---- scans

    private void scan() {
        scans++;
        if (planes.isEmpty() || scans > Limits.JPEG_SCANS) {
            throw MediaException.damaged(
                    WHAT, planes.isEmpty() ? "a scan comes before the frame" : "it has too many scans");
        }
        List<JpegPlane> parts = new ArrayList<>();
        int count = in.u8();
        for (int i = 0; i < count; i++) {
            int id = in.u8();
            int tables = in.u8();
            JpegPlane plane =
                    planes.stream().filter(one -> one.id == id).findFirst().orElse(null);
            if (plane == null || parts.contains(plane) || tables >> 4 > 3 || (tables & 15) > 3) {
                throw MediaException.damaged(WHAT, "a scan is of component " + id);
            }
            plane.dc = dc[tables >> 4];
            plane.ac = ac[tables & 15];
            requireSteps(plane);
            parts.add(plane);
        }
        first = in.u8();
        lastCoefficient = in.u8();
        int approximation = in.u8();
        refines = approximation >> 4 > 0;
        shift = approximation & 15;
        if (!progressive) {
            first = 0;
            lastCoefficient = 63;
            refines = false;
            shift = 0;
        }
        if (parts.isEmpty()
                || first > lastCoefficient
                || lastCoefficient > 63
                || shift > 13
                || (progressive && first == 0 && lastCoefficient > 0)
                || (first > 0 && parts.size() > 1)) {
            throw MediaException.damaged(WHAT, "a scan says what none can be");
        }
        bits.start(in.position());
        if (parts.size() == 1) {
            alone(parts.getFirst());
        } else {
            together(parts);
        }
        in.seek(bits.position());
        toMarker();
    }

    private void requireSteps(JpegPlane plane) {
        int[] table = steps[plane.table];
        if (table == null) {
            throw MediaException.damaged(WHAT, "it lacks the table " + plane.table);
        }
        plane.steps = table;
    }

    /** Padding behind a scan does no harm. */
    private void toMarker() {
        while (in.remaining() >= 2) {
            if (in.u8() == 0xFF) {
                int next = in.u8();
                in.seek(in.position() - (next == 0 || next == 0xFF ? 1L : 2L));
                if (next != 0 && next != 0xFF) {
                    return;
                }
            }
        }
        in.skip(in.remaining());
    }

    private void alone(JpegPlane plane) {
        int units = plane.columns * plane.rows;
        restart();
        for (int unit = 0; unit < units; unit++) {
            restartAt(unit);
            block(plane, unit % plane.columns, unit / plane.columns);
        }
    }

    private void together(List<JpegPlane> parts) {
        int across = up(width, 8 * mostAcross);
        int units = across * up(height, 8 * mostDown);
        restart();
        for (int unit = 0; unit < units; unit++) {
            restartAt(unit);
            for (JpegPlane plane : parts) {
                for (int y = 0; y < plane.down; y++) {
                    for (int x = 0; x < plane.across; x++) {
                        block(plane, unit % across * plane.across + x, unit / across * plane.down + y);
                    }
                }
            }
        }
    }

    private void restartAt(int unit) {
        if (restartEvery == 0 || unit == 0 || unit % restartEvery > 0) {
            return;
        }
        in.seek(bits.position());
        int marker = marker();
        if (marker < 0xD0 || marker > 0xD7) {
            throw MediaException.damaged(WHAT, "a restart is missing");
        }
        bits.start(in.position());
        restart();
    }

    private void restart() {
        endOfBands = 0;
        planes.forEach(plane -> plane.last = 0);
    }

    private void block(JpegPlane plane, int x, int y) {
        if (!progressive) {
            Arrays.fill(plane.coefficients, (short) 0);
            sequential(plane);
            transform.inverse(
                    plane.coefficients, 0, plane.steps, plane.pixels, 8 * (y * plane.stride() + x), plane.stride());
            return;
        }
        int from = 64 * (y * plane.wide + x);
        if (first == 0) {
            if (refines) {
                plane.coefficients[from] |= (short) (bits.bit() << shift);
            } else {
                plane.last += bits.signed(dcLength(plane));
                plane.coefficients[from] = (short) (plane.last << shift);
            }
        } else if (refines) {
            refine(plane, from);
        } else {
            band(plane, from);
        }
    }

    private int dcLength(JpegPlane plane) {
        int length = plane.dc.decode(bits);
        if (length > 16) {
            throw MediaException.damaged(WHAT, "a difference has " + length + " bits");
        }
        return length;
    }

    private void sequential(JpegPlane plane) {
        short[] block = plane.coefficients;
        plane.last += bits.signed(dcLength(plane));
        block[0] = (short) plane.last;
        for (int k = 1; k < 64; k++) {
            int code = plane.ac.decode(bits);
            int length = code & 15;
            k += code >> 4;
            if (length == 0) {
                if (code != 0xF0) {
                    return;
                }
                continue;
            }
            block[ZIGZAG[at(k)]] = (short) bits.signed(length);
        }
    }

    private static int at(int k) {
        if (k > 63) {
            throw MediaException.damaged(WHAT, "a block has more than 64 coefficients");
        }
        return k;
    }

    private void band(JpegPlane plane, int from) {
        if (endOfBands > 0) {
            endOfBands--;
            return;
        }
        for (int k = first; k <= lastCoefficient; k++) {
            int code = plane.ac.decode(bits);
            int run = code >> 4;
            int length = code & 15;
            if (length == 0) {
                if (run < 15) {
                    endOfBands = (1 << run) - 1 + bits.bits(run);
                    return;
                }
                k += 15;
            } else {
                k += run;
                plane.coefficients[from + ZIGZAG[at(k)]] = (short) (bits.signed(length) << shift);
            }
        }
    }

    private void refine(JpegPlane plane, int from) {
        short[] all = plane.coefficients;
        int plus = 1 << shift;
        int k = first;
        if (endOfBands == 0) {
            for (; k <= lastCoefficient; k++) {
                int code = plane.ac.decode(bits);
                int run = code >> 4;
                int value = 0;
                if ((code & 15) > 0) {
                    value = bits.bit() > 0 ? plus : -plus;
                } else if (run < 15) {
                    endOfBands = (1 << run) + bits.bits(run);
                    break;
                }
                for (; k <= lastCoefficient; k++) {
                    int at = from + ZIGZAG[k];
                    if (all[at] != 0) {
                        correct(all, at, plus);
                    } else if (run-- == 0) {
                        all[at] = (short) value;
                        break;
                    }
                }
            }
        }
        if (endOfBands > 0) {
            for (; k <= lastCoefficient; k++) {
                int at = from + ZIGZAG[k];
                if (all[at] != 0) {
                    correct(all, at, plus);
                }
            }
            endOfBands--;
        }
    }

    private void correct(short[] all, int at, int plus) {
        if (bits.bit() > 0 && (all[at] & plus) == 0) {
            all[at] += (short) (all[at] > 0 ? plus : -plus);
        }
    }

    // ---- pixels

    private Content.Image picture() {
        if (planes.stream().anyMatch(plane -> plane.steps.length == 0)) {
            throw MediaException.truncated(WHAT); // a scan of it never came
        }
        if (progressive) {
            planes.forEach(this::transformAll);
        }
        byte[] rgb = new byte[3 * width * height];
        int padded = 8 * mostAcross * up(width, 8 * mostAcross) + 2;
        byte[][] rows = new byte[planes.size()][padded];
        int[] sums = new int[padded];
        boolean colours = isYcc();
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < planes.size(); i++) {
                planes.get(i).row(y, mostAcross, mostDown, rows[i], sums);
            }
            if (planes.size() == 1) {
                plain(rows[0], rows[0], rows[0], rgb, 3 * width * y);
            } else if (colours) {
                coloured(rows[0], rows[1], rows[2], rgb, 3 * width * y);
            } else {
                plain(rows[0], rows[1], rows[2], rgb, 3 * width * y);
            }
        }
        return new Content.Image(width, height, rgb);
    }

    private void transformAll(JpegPlane plane) {
        requireSteps(plane);
        for (int y = 0; y < plane.high; y++) {
            for (int x = 0; x < plane.wide; x++) {
                int from = 64 * (y * plane.wide + x);
                transform.inverse(
                        plane.coefficients,
                        from,
                        plane.steps,
                        plane.pixels,
                        8 * (y * plane.stride() + x),
                        plane.stride());
            }
        }
        plane.coefficients = new short[0];
    }

    /** Some programs write red, green and blue as they are, and say so. */
    private boolean isYcc() {
        if (jfif) {
            return true;
        }
        if (adobe >= 0) {
            return adobe > 0;
        }
        return !(planes.size() == 3 && planes.get(0).id == 'R' && planes.get(1).id == 'G' && planes.get(2).id == 'B');
    }

    private void plain(byte[] red, byte[] green, byte[] blue, byte[] rgb, int from) {
        for (int x = 0, at = from; x < width; x++, at += 3) {
            rgb[at] = red[x];
            rgb[at + 1] = green[x];
            rgb[at + 2] = blue[x];
        }
    }

    /** By the fixed-point numbers of libjpeg. */
    private void coloured(byte[] brightness, byte[] blueness, byte[] redness, byte[] rgb, int from) {
        for (int x = 0, at = from; x < width; x++, at += 3) {
            int y = brightness[x] & 0xFF;
            int cb = (blueness[x] & 0xFF) - 128;
            int cr = (redness[x] & 0xFF) - 128;
            rgb[at] = clamped(y + ((91881 * cr + 32768) >> 16));
            rgb[at + 1] = clamped(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
            rgb[at + 2] = clamped(y + ((116130 * cb + 32768) >> 16));
        }
    }

    private static byte clamped(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }
}
