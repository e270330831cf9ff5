package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.Debouncer;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.DigitalOutput;
import io.fulmar.agent.io.bus.Edge;
import io.fulmar.agent.io.bus.I2c;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import io.fulmar.agent.io.bus.PwmOutput;
import io.fulmar.agent.io.bus.Spi;
import io.fulmar.config.SensorSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pins that exist in memory alone and behave like those of a computer: held by one process at a time, let go when it dies,
 * floating where nothing drives or pulls them. Other processes see them through a board of their own. Thread-safe.
 */
public final class SimulatedBoard implements Board {
    /** Changes of an input that wait for somebody to take them. */
    static final int EDGES = 256;

    private final PinPage page;
    private final LongSupplier nanoClock;
    private final Set<Integer> held = ConcurrentHashMap.newKeySet();
    private final Map<String, ChipPort> chips = new ConcurrentHashMap<>();

    private SimulatedBoard(PinPage page, LongSupplier nanoClock) {
        this.page = page;
        this.nanoClock = nanoClock;
    }

    /** The board of the device with this state directory. */
    public static SimulatedBoard open(Path state, LongSupplier nanoClock) {
        return new SimulatedBoard(PinPage.of(state), nanoClock);
    }

    @Override
    public String title() {
        return "the simulator";
    }

    /** The file in memory that holds the pins. */
    public Path file() {
        return page.file();
    }

    @Override
    public DigitalInput input(int pin, Pull pull, Duration debounce) {
        claim(pin, SimulatedPin.Role.INPUT, pull);
        return new Input(pin, debounce.toNanos());
    }

    @Override
    public DigitalOutput output(int pin, Level first, Pull pull) {
        claim(pin, SimulatedPin.Role.OUTPUT, pull);
        page.drive(pin, first);
        return new Output(pin);
    }

    @Override
    public PwmOutput pwm(int pin, int frequency, double first) {
        claim(pin, SimulatedPin.Role.PWM, Pull.NONE);
        page.drive(pin, first);
        return new Pwm(pin);
    }

    /** What is at the pin now, whoever holds it. */
    public SimulatedPin pin(int pin) {
        long holder = page.holder(pin);
        SimulatedPin.Role role = page.role(pin);
        Level level = holder != 0 && role == SimulatedPin.Role.OUTPUT ? page.driven(pin) : undriven(pin);
        return new SimulatedPin(pin, role, level, holder == 0 ? 0 : page.share(pin), holder);
    }

    /** Connects something to the pin that drives it from outside; null takes it away. */
    public void connect(int pin, @Nullable Level level) {
        page.outside(pin, level);
    }

    /**
     * Puts the chip of a sensor on its bus.
     *
     * @param number which of the sensors it is, by which its faults are told apart
     */
    public void attach(int number, SensorSettings sensor) {
        switch (sensor) {
            case SensorSettings.Acceleration it ->
                chip(
                        number,
                        it.bus(),
                        it.address(),
                        switch (it.chip()) {
                            case ADXL345 -> new Adxl345Chip(number + 1L);
                            case LIS3DH -> new Lis3dhChip(number + 1L);
                        });
            case SensorSettings.Climate it -> chip(number, it.bus(), it.address(), new Bme280Chip());
            case SensorSettings.Voltage it -> converter(number, it.bus(), it.chipSelect(), new Mcp3008Chip());
        }
    }

    void chip(int number, String bus, int address, I2cChip chip) {
        String place = place(bus, address);
        chips.put(place, new ChipPort(place, chip, null, () -> page.fault(number), nanoClock));
    }

    void converter(int number, String bus, int chipSelect, Mcp3008Chip chip) {
        String place = bus + " select " + chipSelect;
        chips.put(place, new ChipPort(place, null, chip, () -> page.fault(number), nanoClock));
    }

    @Override
    public I2c i2c(String bus, int address) {
        String place = place(bus, address);
        return chips.getOrDefault(place, new ChipPort(place, null, null, () -> ChipFault.NONE, nanoClock));
    }

    @Override
    public Spi spi(String bus, int chipSelect, int hertz) {
        String place = bus + " select " + chipSelect;
        return chips.getOrDefault(place, new ChipPort(place, null, null, () -> ChipFault.NONE, nanoClock));
    }

    private static String place(String bus, int address) {
        return String.format(Locale.ROOT, "%s 0x%02X", bus, address);
    }

    /** Lets something go wrong with the chip of that sensor, in every process that has this board. */
    public void fault(int number, ChipFault fault) {
        page.fault(number, fault);
    }

    @Override
    public void close() {
        held.forEach(this::release);
    }

    private void claim(int pin, SimulatedPin.Role role, Pull pull) {
        page.claim(pin, role, pull);
        held.add(pin);
    }

    private void release(int pin) {
        if (held.remove(pin)) {
            page.release(pin);
        }
    }

    private @Nullable Level undriven(int pin) {
        Level outside = page.outside(pin);
        if (outside != null) {
            return outside;
        }
        return switch (page.pull(pin)) {
            case NONE -> null;
            case UP -> Level.HIGH;
            case DOWN -> Level.LOW;
        };
    }

    /** Owned by one thread, except its level. */
    private final class Input implements DigitalInput {
        private final int pin;
        private final ReentrantLock lock = new ReentrantLock();
        private final Debouncer debouncer;
        private final Deque<Edge> edges = new ArrayDeque<>();
        private long lost;

        Input(int pin, long debounceNanos) {
            this.pin = pin;
            this.debouncer = new Debouncer(debounceNanos, now(), nanoClock.getAsLong());
        }

        /** A floating input reads anything; here it reads low. */
        private Level now() {
            return undriven(pin) == Level.HIGH ? Level.HIGH : Level.LOW;
        }

        private void look() {
            long nanos = nanoClock.getAsLong();
            if (debouncer.settles(now(), nanos)) {
                if (edges.size() == EDGES) {
                    edges.removeFirst();
                    lost++;
                }
                edges.addLast(new Edge(debouncer.level(), nanos));
            }
        }

        @Override
        public Level level() {
            lock.lock();
            try {
                look();
                return debouncer.level();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public @Nullable Edge edge() {
            lock.lock();
            try {
                look();
                return edges.pollFirst();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public long lost() {
            return lost;
        }

        @Override
        public void close() {
            release(pin);
        }
    }

    /** Owned by one thread at a time. */
    private final class Output implements DigitalOutput {
        private final int pin;

        Output(int pin) {
            this.pin = pin;
        }

        @Override
        public void set(Level level) {
            page.drive(pin, level);
        }

        @Override
        public Level level() {
            return page.driven(pin);
        }

        @Override
        public void close() {
            release(pin);
        }
    }

    /** Owned by one thread at a time. */
    private final class Pwm implements PwmOutput {
        private final int pin;

        Pwm(int pin) {
            this.pin = pin;
        }

        @Override
        public void set(double share) {
            page.drive(pin, share);
        }

        @Override
        public double share() {
            return page.share(pin);
        }

        @Override
        public void close() {
            release(pin);
        }
    }
}
