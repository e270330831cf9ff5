package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.I2c;
import io.fulmar.agent.io.bus.Spi;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The way to one simulated chip, and what goes wrong on it. Owned by one thread. */
final class ChipPort implements I2c, Spi {
    private final String place;
    private final @Nullable I2cChip chip;
    private final @Nullable Mcp3008Chip converter;
    private final Supplier<ChipFault> faults;
    private final LongSupplier nanoClock;
    private ChipFault before = ChipFault.NONE;

    /** @param place what to say of it, such as {@code i2c1 0x53} */
    ChipPort(
            String place,
            @Nullable I2cChip chip,
            @Nullable Mcp3008Chip converter,
            Supplier<ChipFault> faults,
            LongSupplier nanoClock) {
        this.place = place;
        this.chip = chip;
        this.converter = converter;
        this.faults = faults;
        this.nanoClock = nanoClock;
    }

    @Override
    public void read(int register, byte[] into) {
        ChipFault fault = fault();
        if (fault == ChipFault.GARBAGE || fault == ChipFault.ZEROS) {
            Arrays.fill(into, (byte) (fault == ChipFault.GARBAGE ? 0xFF : 0));
            return;
        }
        I2cChip to = chip();
        int at = register;
        for (int i = 0; i < into.length; i++) {
            into[i] = (byte) to.read(at, nanoClock.getAsLong());
            at = to.after(at);
        }
    }

    @Override
    public void write(int register, int value) {
        ChipFault fault = fault();
        if (fault != ChipFault.GARBAGE && fault != ChipFault.ZEROS) {
            chip().write(register, value, nanoClock.getAsLong());
        }
    }

    @Override
    public void transfer(byte[] out, byte[] in) {
        ChipFault fault = fault();
        if (converter == null || fault == ChipFault.GARBAGE) {
            Arrays.fill(in, (byte) 0xFF); // nobody drives the line, and there is no acknowledgement on SPI
        } else if (fault == ChipFault.ZEROS) {
            Arrays.fill(in, (byte) 0);
        } else {
            converter.transfer(out, in);
        }
    }

    private I2cChip chip() {
        if (chip == null) {
            throw silence();
        }
        return chip;
    }

    private BusException silence() {
        return new BusException(
                BusException.Kind.NO_ANSWER,
                "nothing acknowledges on " + place,
                "check the wiring, the power and the address of the sensor");
    }

    private ChipFault fault() {
        ChipFault now = faults.get();
        if (now != before && chip != null) {
            if (now == ChipFault.RESET || now == ChipFault.WRONG_ID) {
                chip.reset();
            }
            chip.impersonate(now == ChipFault.WRONG_ID);
            before = now;
        }
        if (now == ChipFault.OVERRUN && chip != null) {
            chip.neglect();
        }
        if (now == ChipFault.NACK && chip != null) {
            throw silence();
        }
        if (now == ChipFault.NACK) {
            return ChipFault.GARBAGE;
        }
        if (now == ChipFault.STUCK) {
            throw new BusException(
                    BusException.Kind.STUCK,
                    "a line of the bus of " + place + " stays low",
                    "check the pull-up resistors and for a short circuit; switch the power of the sensors off and on");
        }
        return now;
    }

    @Override
    public void close() {
        // holds nothing
    }
}
