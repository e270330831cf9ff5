package io.fulmar.agent.identity;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the few shapes of DER that a certificate request has. Thread-safe. */
final class Der {
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OBJECT = 0x06;
    private static final int UTF8 = 0x0C;
    private static final int ATTRIBUTES = 0xA0;

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return tagged(SEQUENCE, parts);
    }

    static byte[] set(byte[]... parts) {
        return tagged(SET, parts);
    }

    /** No attributes, in the place that a request has for some. */
    static byte[] noAttributes() {
        return tagged(ATTRIBUTES);
    }

    static byte[] zero() {
        return tagged(INTEGER, new byte[] {0});
    }

    static byte[] bits(byte[] whole) {
        return tagged(BIT_STRING, new byte[] {0}, whole);
    }

    static byte[] text(String text) {
        return tagged(UTF8, text.getBytes(StandardCharsets.UTF_8));
    }

    /** An object identifier, of arcs such as 2, 5, 4, 3. */
    static byte[] object(int... arcs) {
        var out = new ByteArrayOutputStream();
        out.write(arcs[0] * 40 + arcs[1]);
        for (int i = 2; i < arcs.length; i++) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arcs[i] >> shift != 0) {
                    out.write(((arcs[i] >> shift) & 0x7F) | 0x80);
                }
            }
            out.write(arcs[i] & 0x7F);
        }
        return tagged(OBJECT, out.toByteArray());
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
