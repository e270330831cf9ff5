package io.fulmar.agent.io.simulated;

/**
 * An MCP3008 ("MCP3004/3008", Microchip, DS21295D): it looks for the start bit wherever it stands among the bits, takes
 * single-ended or differential and the channel (Table 5-2), then answers with a null bit and ten bits. Owned by the board that it
 * is on.
 */
final class Mcp3008Chip {
    private static final double REFERENCE = 3.3;

    private final double[] volts = new double[8];

    Mcp3008Chip() {
        for (int i = 0; i < volts.length; i++) {
            volts[i] = 0.4 * i + 0.1;
        }
    }

    /** What lies at that input from now on. */
    void input(int channel, double newVolts) {
        volts[channel] = newVolts;
    }

    /** One selection of the chip: bits in, bits out. */
    void transfer(byte[] out, byte[] in) {
        int bits = 8 * out.length;
        int start = 0;
        while (start < bits && !bit(out, start)) {
            start++;
        }
        java.util.Arrays.fill(in, 0, out.length, (byte) 0xFF); // nobody drives the line before the null bit
        int answer = start + 6; // single/diff, three of the channel, one while it samples
        if (answer >= bits) {
            return;
        }
        int channel = (bit(out, start + 2) ? 4 : 0) | (bit(out, start + 3) ? 2 : 0) | (bit(out, start + 4) ? 1 : 0);
        double measured = bit(out, start + 1) ? volts[channel] : volts[channel] - volts[channel ^ 1];
        int code = (int) Math.clamp(Math.floor(1_024 * measured / REFERENCE), 0.0, 1_023.0);
        put(in, answer, false);
        for (int i = 0; i < 10; i++) {
            put(in, answer + 1 + i, (code >> (9 - i) & 1) != 0);
        }
    }

    private static boolean bit(byte[] bytes, int at) {
        return at < 8 * bytes.length && (bytes[at / 8] >> (7 - at % 8) & 1) != 0;
    }

    private static void put(byte[] bytes, int at, boolean one) {
        if (at < 8 * bytes.length) {
            int mask = 1 << (7 - at % 8);
            bytes[at / 8] = (byte) (one ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
        }
    }
}
