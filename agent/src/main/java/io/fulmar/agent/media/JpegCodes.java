package io.fulmar.agent.media;

import java.util.HexFormat;

/** A Huffman table of a JPEG. Immutable. */
final class JpegCodes {
    /** Those of annex K.3, which cameras leave out of the pictures of their films. */
    static final JpegCodes LUMINANCE_DC = of("00010501010101010100000000000000", "000102030405060708090a0b");

    static final JpegCodes LUMINANCE_AC = of(
            "0002010303020403050504040000017d",
            "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738"
                    + "393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2"
                    + "a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7"
                    + "f8f9fa");

    static final JpegCodes COLOUR_DC = of("00030101010101010101010000000000", "000102030405060708090a0b");

    static final JpegCodes COLOUR_AC = of(
            "00020102040403040705040400010277",
            "0102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738"
                    + "393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999a"
                    + "a2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8"
                    + "f9fa");

    private static final int QUICK = 9;
    private static final int LONGEST = 16;

    /** Of the next {@link #QUICK} bits: length and value of the code that they begin with; 0 where it is longer. */
    private final int[] quick = new int[1 << QUICK];

    /** The first code that is too large to have this length, with zeros up to 16 bits. */
    private final int[] beyond = new int[LONGEST + 2];

    /** What to add to a code of this length to find its value. */
    private final int[] offsets = new int[LONGEST + 1];

    private final byte[] values;

    /** @param counts how many codes there are of each length from 1 to 16 */
    JpegCodes(byte[] counts, byte[] values) {
        this.values = values;
        int code = 0;
        int index = 0;
        for (int length = 1; length <= LONGEST; length++) {
            offsets[length] = index - code;
            int codes = counts[length - 1] & 0xFF;
            if (code + codes > 1 << length) {
                throw MediaException.damaged(Jpeg.WHAT, "it has codes that cannot be told apart");
            }
            for (int i = 0; i < codes; i++, code++, index++) {
                if (length <= QUICK) {
                    int from = code << (QUICK - length);
                    for (int j = 0; j < 1 << (QUICK - length); j++) {
                        quick[from + j] = (length << 8) | (values[index] & 0xFF);
                    }
                }
            }
            beyond[length] = code << (LONGEST - length);
            code <<= 1;
        }
        beyond[LONGEST + 1] = Integer.MAX_VALUE;
    }

    private static JpegCodes of(String counts, String values) {
        HexFormat hex = HexFormat.of();
        return new JpegCodes(hex.parseHex(counts), hex.parseHex(values));
    }

    int decode(JpegBits bits) {
        int found = quick[bits.peek(QUICK)];
        if (found != 0) {
            bits.take(found >> 8);
            return found & 0xFF;
        }
        int next = bits.peek(LONGEST);
        int length = QUICK + 1;
        while (next >= beyond[length]) {
            length++;
        }
        if (length > LONGEST) {
            throw MediaException.damaged(Jpeg.WHAT, "it has a code that stands for nothing");
        }
        bits.take(length);
        return values[(next >> (LONGEST - length)) + offsets[length]] & 0xFF;
    }
}
