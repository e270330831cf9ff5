package io.fulmar.agent.media;

import io.fulmar.agent.io.Content;

/** Windows bitmaps without compression: 1, 4, 8, 16, 24 and 32 bits a pixel. Thread-safe. */
final class Bmp {
    private static final String WHAT = "BMP";
    private static final int CORE_HEADER = 12;
    private static final int INFO_HEADER = 40;
    private static final int RGB = 0;
    private static final int BITFIELDS = 3;

    private Bmp() {}

    static Content.Image decode(byte[] file, int maxPixels) {
        ByteInput in = new ByteInput(WHAT, file);
        in.skip(10);
        long data = in.u32le();
        int start = in.position();
        int header = in.s32le();
        boolean core = header == CORE_HEADER;
        if (!core && header < INFO_HEADER) {
            throw MediaException.damaged(WHAT, "its header has " + header + " bytes");
        }
        int width = core ? in.u16le() : in.s32le();
        int signed = core ? in.u16le() : in.s32le();
        in.skip(2);
        int bits = in.u16le();
        int compression = core ? RGB : in.s32le();
        if (compression != RGB && !(compression == BITFIELDS && (bits == 16 || bits == 32))) {
            throw MediaException.unsupported("this BMP is compressed (" + compression + "), which is not decoded");
        }
        int height = signed == Integer.MIN_VALUE ? 0 : Math.abs(signed);
        Limits.requirePixels(WHAT, width, height, maxPixels);
        Limits.requireMemory(WHAT, 3L * width * height);
        long stride = ((long) width * bits + 31) / 32 * 4;
        int[] masks = {0x7C00, 0x03E0, 0x001F};
        if (bits == 32) {
            masks = new int[] {0xFF0000, 0xFF00, 0xFF};
        }
        int[] palette = {};
        switch (bits) {
            case 1, 4, 8 -> {
                int colours = 0;
                if (!core) {
                    in.seek(start + 32L);
                    colours = in.s32le();
                }
                in.seek((long) start + header);
                palette = palette(in, colours == 0 ? 1 << bits : colours, 1 << bits, core ? 3 : 4);
            }
            case 16, 32 -> {
                if (compression == BITFIELDS) {
                    in.seek(start + 40L);
                    for (int i = 0; i < masks.length; i++) {
                        masks[i] = in.s32le();
                    }
                }
            }
            case 24 -> {}
            default -> throw MediaException.damaged(WHAT, "it has " + bits + " bits a pixel");
        }
        if (data + stride * height > file.length) {
            throw MediaException.truncated(WHAT);
        }
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            int row = signed < 0 ? y : height - 1 - y;
            in.seek(data + stride * row);
            row(in, bits, palette, masks, rgb, 3 * width * y, width);
        }
        return new Content.Image(width, height, rgb);
    }

    private static int[] palette(ByteInput in, int colours, int atMost, int bytes) {
        if (colours < 1 || colours > atMost) {
            throw MediaException.damaged(WHAT, "it has " + colours + " colours");
        }
        int[] palette = new int[atMost];
        for (int i = 0; i < colours; i++) {
            int blue = in.u8();
            int green = in.u8();
            palette[i] = (in.u8() << 16) | (green << 8) | blue;
            in.skip(bytes - 3L);
        }
        return palette;
    }

    private static void row(ByteInput in, int bits, int[] palette, int[] masks, byte[] rgb, int from, int width) {
        int held = 0;
        int left = 0;
        for (int x = 0; x < width; x++) {
            int at = from + 3 * x;
            switch (bits) {
                case 24 -> {
                    rgb[at + 2] = (byte) in.u8();
                    rgb[at + 1] = (byte) in.u8();
                    rgb[at] = (byte) in.u8();
                }
                case 16, 32 -> {
                    int pixel = bits == 16 ? in.u16le() : in.s32le();
                    for (int i = 0; i < masks.length; i++) {
                        rgb[at + i] = scaled(pixel, masks[i]);
                    }
                }
                default -> {
                    if (left == 0) {
                        held = in.u8();
                        left = 8;
                    }
                    left -= bits;
                    int colour = palette[(held >> left) & ((1 << bits) - 1)];
                    rgb[at] = (byte) (colour >> 16);
                    rgb[at + 1] = (byte) (colour >> 8);
                    rgb[at + 2] = (byte) colour;
                }
            }
        }
    }

    /** The bits under a mask, as 0 to 255. */
    private static byte scaled(int pixel, int mask) {
        if (mask == 0) {
            return 0;
        }
        int shift = Integer.numberOfTrailingZeros(mask);
        long most = (mask >>> shift) & 0xFFFF_FFFFL;
        long value = ((pixel & mask) >>> shift) & 0xFFFF_FFFFL;
        return (byte) (value * 255 / most);
    }
}
