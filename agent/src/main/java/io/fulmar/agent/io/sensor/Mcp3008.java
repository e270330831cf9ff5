package io.fulmar.agent.io.sensor;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.Spi;

/**
 * The analogue-to-digital converter MCP3008 over SPI: eight inputs of 10 bits, in volts.
 *
 * <p>From the data sheet "MCP3004/3008", Microchip, DS21295D: code = 1024 × V_IN / V_REF (equation 4-2), a start bit, single-ended,
 * three bits of the channel (section 5, Table 5-2), the answer in three bytes with a null bit before its ten (section 6.1,
 * Figure 6-1), modes 0,0 and 1,1, 1.35 MHz at 2.7 V (Table 1-1). The chip has no identity: a null bit that is not 0 says that none
 * drives the line. Owned by one thread.
 */
final class Mcp3008 implements SensorDriver {
    private static final int START = 0x01;
    private static final int SINGLE_ENDED = 0x80;
    private static final int NULL_BIT = 0x04;
    private static final int CODES = 1_024;

    private final Spi bus;
    private final int[] inputs;
    private final double reference;
    private final Fetching fetching;
    private final byte[] out = new byte[3];
    private final byte[] in = new byte[3];

    /**
     * @param rate samples a second
     * @param inputs which inputs a sample has, 0 to 7
     * @param reference the voltage at V_REF
     */
    Mcp3008(Spi bus, double rate, int[] inputs, double reference) {
        this.bus = bus;
        this.inputs = inputs.clone();
        this.reference = reference;
        this.fetching = new Fetching(rate);
    }

    @Override
    public int channels() {
        return inputs.length;
    }

    @Override
    public int burst() {
        return 1;
    }

    @Override
    public void start(long nowNanos) {
        convert(inputs[0]);
        fetching.start(nowNanos);
    }

    @Override
    public int fetch(long nowNanos, float[] into) {
        if (!fetching.due(nowNanos)) {
            return 0;
        }
        fetching.done(nowNanos);
        for (int i = 0; i < inputs.length; i++) {
            into[i] = (float) (convert(inputs[i]) * reference / CODES);
        }
        return 1;
    }

    private int convert(int input) {
        out[0] = START;
        out[1] = (byte) (SINGLE_ENDED | input << 4);
        out[2] = 0;
        bus.transfer(out, in);
        if ((in[1] & NULL_BIT) != 0) {
            throw new BusException(
                    BusException.Kind.NO_ANSWER,
                    "no MCP3008 drives the line from chip to master",
                    "check its power, its wiring and chip_select");
        }
        return (in[1] & 0x03) << 8 | (in[2] & 0xFF);
    }

    @Override
    public long nextNanos() {
        return fetching.next();
    }

    @Override
    public void close() {
        bus.close();
    }
}
