package io.fulmar.agent.media;

import io.fulmar.agent.io.Content;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG as its specification (third edition) has it: all colour types and depths, interlaced or not. Of 16 bits the upper 8 count,
 * and transparency is left out. Owned by the call that makes it.
 */
final class Png {
    private static final String WHAT = "PNG";
    private static final int HEADER = 0x49484452;
    private static final int PALETTE = 0x504C5445;
    private static final int DATA = 0x49444154;
    private static final int END = 0x49454E44;
    private static final int GREY = 0;
    private static final int COLOURS = 3;

    /** Where each pass of an interlaced picture begins and how far apart its pixels are: x, y, across, down. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private final byte[] file;
    private final ByteInput in;
    private final int maxPixels;
    private final Inflater inflater = new Inflater();
    private int width;
    private int height;
    private int depth;
    private int colour;
    private boolean interlaced;
    private int[] palette = {};
    private int dataEnd;
    private byte[] rgb = {};

    Png(byte[] file, int maxPixels) {
        this.file = file;
        this.in = new ByteInput(WHAT, file);
        this.maxPixels = maxPixels;
    }

    Content.Image decode() {
        try {
            in.skip(8);
            while (true) {
                int length = in.s32be();
                int chunk = in.position();
                int type = in.s32be();
                if (length < 0 || length > in.remaining() - 4) {
                    throw MediaException.truncated(WHAT);
                }
                requireSum(chunk, length + 4);
                boolean first = chunk == 12;
                if (first != (type == HEADER)) {
                    throw MediaException.damaged(WHAT, "its header is not where it should be");
                }
                switch (type) {
                    case HEADER -> header(length);
                    case PALETTE -> palette(length);
                    case DATA -> {
                        in.seek(chunk - 4L);
                        return picture();
                    }
                    case END -> throw MediaException.damaged(WHAT, "it has no picture");
                    default -> in.skip(length);
                }
                in.skip(4);
            }
        } catch (DataFormatException e) {
            throw MediaException.damaged(WHAT, "it cannot be inflated: " + e.getMessage());
        } finally {
            inflater.end();
        }
    }

    private void requireSum(int from, int length) {
        CRC32 sum = new CRC32();
        sum.update(file, from, length);
        int at = in.position();
        in.seek((long) from + length);
        if (in.s32be() != (int) sum.getValue()) {
            throw MediaException.damaged(WHAT, "a checksum does not match");
        }
        in.seek(at);
    }

    private void header(int length) {
        if (length != 13) {
            throw MediaException.damaged(WHAT, "its header has " + length + " bytes");
        }
        width = in.s32be();
        height = in.s32be();
        depth = in.u8();
        colour = in.u8();
        int compression = in.u8();
        int filter = in.u8();
        int interlace = in.u8();
        boolean known = switch (colour) {
            case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case COLOURS -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case 2, 4, 6 -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!known || compression != 0 || filter != 0 || interlace > 1) {
            throw MediaException.damaged(WHAT, "its header says what no PNG can be");
        }
        interlaced = interlace == 1;
        Limits.requirePixels(WHAT, width, height, maxPixels);
        Limits.requireMemory(WHAT, 3L * width * height);
    }

    private void palette(int length) {
        if (length % 3 != 0 || length > 768) {
            throw MediaException.damaged(WHAT, "its palette has " + length + " bytes");
        }
        palette = new int[length / 3];
        for (int i = 0; i < palette.length; i++) {
            int red = in.u8();
            int green = in.u8();
            palette[i] = (red << 16) | (green << 8) | in.u8();
        }
    }

    private int channels() {
        return switch (colour) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
    }

    private Content.Image picture() throws DataFormatException {
        if (colour == COLOURS && palette.length == 0) {
            throw MediaException.damaged(WHAT, "it has no palette");
        }
        rgb = new byte[3 * width * height];
        if (interlaced) {
            for (int[] pass : PASSES) {
                pass(pass[0], pass[1], pass[2], pass[3]);
            }
        } else {
            pass(0, 0, 1, 1);
        }
        return new Content.Image(width, height, rgb);
    }

    private void pass(int x, int y, int across, int down) throws DataFormatException {
        int columns = (width - x + across - 1) / across;
        int rows = (height - y + down - 1) / down;
        if (columns <= 0 || rows <= 0) {
            return;
        }
        int bits = channels() * depth;
        int bytes = (int) (((long) columns * bits + 7) / 8);
        int back = Math.max(1, bits / 8);
        byte[] row = new byte[1 + bytes];
        byte[] above = new byte[1 + bytes];
        for (int r = 0; r < rows; r++) {
            inflate(row);
            unfilter(row, above, back);
            store(row, columns, y + r * down, x, across);
            byte[] spare = above;
            above = row;
            row = spare;
        }
    }

    /** The next bytes of all data chunks, which are one stream. */
    private void inflate(byte[] row) throws DataFormatException {
        int filled = 0;
        while (filled < row.length) {
            int count = inflater.inflate(row, filled, row.length - filled);
            filled += count;
            if (count == 0) {
                if (inflater.finished()) {
                    throw MediaException.truncated(WHAT);
                }
                if (inflater.needsDictionary()) {
                    throw MediaException.damaged(WHAT, "it needs a dictionary");
                }
                nextData();
            }
        }
    }

    private void nextData() {
        if (dataEnd > 0) {
            in.seek(dataEnd + 4L);
        }
        int length = in.s32be();
        int chunk = in.position();
        if (in.s32be() != DATA || length < 0 || length > in.remaining() - 4) {
            throw MediaException.truncated(WHAT);
        }
        if (dataEnd > 0) {
            requireSum(chunk, length + 4);
        }
        dataEnd = in.position() + length;
        inflater.setInput(file, in.position(), length);
    }

    private static void unfilter(byte[] row, byte[] above, int back) {
        switch (row[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = 1 + back; i < row.length; i++) {
                    row[i] += row[i - back];
                }
            }
            case 2 -> {
                for (int i = 1; i < row.length; i++) {
                    row[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 1; i < row.length; i++) {
                    int left = i > back ? row[i - back] & 0xFF : 0;
                    row[i] += (byte) ((left + (above[i] & 0xFF)) / 2);
                }
            }
            case 4 -> {
                for (int i = 1; i < row.length; i++) {
                    int left = i > back ? row[i - back] & 0xFF : 0;
                    int corner = i > back ? above[i - back] & 0xFF : 0;
                    row[i] += (byte) paeth(left, above[i] & 0xFF, corner);
                }
            }
            default -> throw MediaException.damaged(WHAT, "a row has the filter " + (row[0] & 0xFF));
        }
    }

    private static int paeth(int left, int above, int corner) {
        int estimate = left + above - corner;
        int toLeft = Math.abs(estimate - left);
        int toAbove = Math.abs(estimate - above);
        int toCorner = Math.abs(estimate - corner);
        if (toLeft <= toAbove && toLeft <= toCorner) {
            return left;
        }
        return toAbove <= toCorner ? above : corner;
    }

    private void store(byte[] row, int columns, int y, int x, int across) {
        int channels = channels();
        int step = depth / 8;
        for (int column = 0; column < columns; column++) {
            int at = 3 * (y * width + x + column * across);
            if (depth < 8 || colour == COLOURS) {
                int value = bits(row, column);
                int pixel = colour == COLOURS ? coloured(value) : value * (255 / ((1 << depth) - 1)) * 0x010101;
                rgb[at] = (byte) (pixel >> 16);
                rgb[at + 1] = (byte) (pixel >> 8);
                rgb[at + 2] = (byte) pixel;
            } else {
                int from = 1 + column * channels * step;
                boolean grey = channels < 3;
                rgb[at] = row[from];
                rgb[at + 1] = row[grey ? from : from + step];
                rgb[at + 2] = row[grey ? from : from + 2 * step];
            }
        }
    }

    private int bits(byte[] row, int column) {
        int bit = column * depth;
        return (row[1 + bit / 8] >> (8 - depth - bit % 8)) & ((1 << depth) - 1);
    }

    private int coloured(int index) {
        if (index >= palette.length) {
            throw MediaException.damaged(WHAT, "a pixel has the colour " + index + " of " + palette.length);
        }
        return palette[index];
    }
}
