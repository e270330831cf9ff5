package io.fulmar.agent.io.gpio;

import com.pi4j.Pi4J;
import com.pi4j.context.Context;
import com.pi4j.exception.Pi4JException;
import com.pi4j.io.gpio.digital.DigitalInputConfig;
import com.pi4j.io.gpio.digital.DigitalOutputConfig;
import com.pi4j.io.gpio.digital.DigitalState;
import com.pi4j.io.gpio.digital.PullResistance;
import com.pi4j.io.pwm.PwmType;
import com.pi4j.io.spi.SpiBus;
import com.pi4j.io.spi.SpiMode;
import com.pi4j.plugin.gpiod.provider.gpio.digital.GpioDDigitalInputProvider;
import com.pi4j.plugin.gpiod.provider.gpio.digital.GpioDDigitalOutputProvider;
import com.pi4j.plugin.linuxfs.provider.i2c.LinuxFsI2CProvider;
import com.pi4j.plugin.linuxfs.provider.pwm.LinuxFsPwmProvider;
import com.pi4j.plugin.linuxfs.provider.spi.LinuxFsSpiProvider;
import com.pi4j.plugin.raspberrypi.platform.RaspberryPiPlatform;
import io.fulmar.agent.io.bus.Board;
import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.DigitalInput;
import io.fulmar.agent.io.bus.DigitalOutput;
import io.fulmar.agent.io.bus.I2c;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import io.fulmar.agent.io.bus.PwmOutput;
import io.fulmar.agent.io.bus.Spi;
import io.fulmar.config.BoardProfile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The pins and buses of a Raspberry Pi: digital ones through the GPIO character device, I2C, SPI and PWM through the files of
 * Linux. The context is built of named providers, since Pi4J would otherwise take a mock for the board where it finds one.
 * Thread-safe.
 */
public final class Pi4jBoard implements Board {
    private static final Pattern NUMBER = Pattern.compile("(\\d+)(?:_too)?$");

    private final Context context;
    private final BoardProfile profile;

    Pi4jBoard(Context context, BoardProfile profile) {
        this.context = context;
        this.profile = profile;
    }

    /**
     * The pins of this computer.
     *
     * @throws BusException if it has none, or this user may not use them
     */
    public static Pi4jBoard open(BoardProfile profile) {
        requirePins(Path.of("/dev"));
        try {
            BoardProfile.Bus pwm = profile.buses().stream()
                    .filter(bus -> bus.name().startsWith("pwm"))
                    .findFirst()
                    .orElse(null);
            int chip = pwm == null ? 0 : number(pwm.device());
            return new Pi4jBoard(
                    Pi4J.newContextBuilder()
                            .noAutoDetect()
                            .disableShutdownHook() // the agent takes its outputs to safety itself
                            .add(new RaspberryPiPlatform())
                            .add(
                                    GpioDDigitalInputProvider.newInstance(),
                                    GpioDDigitalOutputProvider.newInstance(),
                                    LinuxFsI2CProvider.newInstance(),
                                    LinuxFsSpiProvider.newInstance(),
                                    LinuxFsPwmProvider.newInstance(chip))
                            .build(),
                    profile);
        } catch (Pi4JException | UnsatisfiedLinkError e) {
            throw failed("the pins of this computer", e);
        }
    }

    /** Says in words what a library would say in a stack trace. */
    static void requirePins(Path devices) {
        try (DirectoryStream<Path> chips = Files.newDirectoryStream(devices, "gpiochip*")) {
            for (Path chip : chips) {
                if (Files.isReadable(chip) && Files.isWritable(chip)) {
                    return;
                }
                throw new BusException(
                        BusException.Kind.DENIED,
                        "this user may not use " + chip,
                        "add the user to the group gpio (and i2c, spi): usermod -aG gpio,i2c,spi USER");
            }
        } catch (IOException e) {
            // said below
        }
        throw new BusException(
                BusException.Kind.ABSENT,
                "this computer has no pins: there is no " + devices.resolve("gpiochip0"),
                "to try without: [hardware] provider = \"simulated\", or --set hardware.provider=simulated");
    }

    private static int number(String text) {
        Matcher matcher = NUMBER.matcher(text);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static BusException failed(String what, Throwable e) {
        return new BusException(
                BusException.Kind.FAILED,
                what + ": " + e,
                "check that it is enabled ('fulmar check-config FILE --board-pins' says how), free, and this user's to use",
                e);
    }

    private static <T> T tried(String what, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            // Pi4J throws its own, those of its libraries and plain ones
            throw failed(what, e);
        }
    }

    @Override
    public String title() {
        return "Pi4J on the " + profile.title();
    }

    @Override
    public DigitalInput input(int pin, Pull pull, Duration debounce) {
        DigitalInputConfig config = com.pi4j.io.gpio.digital.DigitalInput.newConfigBuilder(context)
                .id("input-" + pin)
                .address(pin)
                .pull(
                        switch (pull) {
                            case NONE -> PullResistance.OFF;
                            case UP -> PullResistance.PULL_UP;
                            case DOWN -> PullResistance.PULL_DOWN;
                        })
                .debounce(debounce.toNanos() / 1_000, TimeUnit.MICROSECONDS)
                .build();
        com.pi4j.io.gpio.digital.DigitalInput input = tried("GPIO " + pin, () -> context.create(config));
        return new Pi4jInput(input, () -> release(input.id()));
    }

    @Override
    public DigitalOutput output(int pin, Level first, Pull pull) {
        // no level at shutdown: the agent says itself what is safe, and an output that holds has none
        DigitalOutputConfig config = com.pi4j.io.gpio.digital.DigitalOutput.newConfigBuilder(context)
                .id("output-" + pin)
                .address(pin)
                .initial(state(first))
                .build();
        com.pi4j.io.gpio.digital.DigitalOutput output = tried("GPIO " + pin, () -> context.create(config));
        return new DigitalOutput() {
            @Override
            public void set(Level level) {
                tried("GPIO " + pin, () -> output.state(state(level)));
            }

            @Override
            public Level level() {
                return Level.of(output.isHigh());
            }

            @Override
            public void close() {
                release(output.id());
            }
        };
    }

    private void release(String id) {
        context.shutdown(id);
    }

    private static DigitalState state(Level level) {
        return level.isHigh() ? DigitalState.HIGH : DigitalState.LOW;
    }

    @Override
    public PwmOutput pwm(int pin, int frequency, double first) {
        int channel = profile.buses().stream()
                .filter(bus -> bus.name().startsWith("pwm"))
                .flatMap(bus -> bus.pins().entrySet().stream())
                .filter(line -> line.getValue() == pin)
                .mapToInt(line -> number(line.getKey()))
                .findFirst()
                .orElseThrow(() -> new BusException(
                        BusException.Kind.ABSENT, "GPIO " + pin + " has no PWM", "use a pin that has"));
        var config = com.pi4j.io.pwm.Pwm.newConfigBuilder(context)
                .id("pwm-" + pin)
                .address(channel)
                .pwmType(PwmType.HARDWARE)
                .build();
        com.pi4j.io.pwm.Pwm pwm = tried("PWM channel " + channel, () -> context.create(config));
        PwmOutput output = new Pi4jPwm(pwm, frequency, () -> release(pwm.id()));
        output.set(first);
        return output;
    }

    @Override
    public I2c i2c(String bus, int address) {
        var config = com.pi4j
                .io
                .i2c
                .I2C
                .newConfigBuilder(context)
                .id(bus + "-" + address)
                .bus(number(bus))
                .device(address)
                .build();
        String place = String.format(Locale.ROOT, "%s 0x%02X", bus, address);
        return new Pi4jI2c(place, tried(place, () -> context.create(config)));
    }

    @Override
    public Spi spi(String bus, int chipSelect, int hertz) {
        var config = com.pi4j.io.spi.Spi.newConfigBuilder(context)
                .id(bus + "-" + chipSelect)
                .bus(SpiBus.getByNumber(number(bus)))
                .address(chipSelect)
                .baud(hertz)
                .mode(SpiMode.MODE_0)
                .build();
        String place = bus + " select " + chipSelect;
        com.pi4j.io.spi.Spi spi = tried(place, () -> context.create(config));
        return new Spi() {
            @Override
            public void transfer(byte[] out, byte[] in) {
                tried(place, () -> spi.transfer(out, in, out.length));
            }

            @Override
            public void close() {
                spi.close();
            }
        };
    }

    @Override
    public void close() {
        context.shutdown();
    }

    /** A failure of the kernel's I2C driver in the words of the bus: EREMOTEIO and ENXIO are no acknowledge, ETIMEDOUT a stuck line. */
    static BusException bus(String place, @Nullable String message, Throwable e) {
        String text = message == null ? e.toString() : message;
        boolean stuck = text.contains("timed out") || text.contains("errno 110") || text.contains("busy");
        return stuck
                ? new BusException(
                        BusException.Kind.STUCK,
                        place + ": " + text,
                        "check the pull-up resistors and for a short circuit; switch the power of the sensors off and on",
                        e)
                : new BusException(
                        BusException.Kind.NO_ANSWER,
                        place + ": " + text,
                        "check the wiring, the power and the address of the sensor ('i2cdetect -y N' shows who answers)",
                        e);
    }
}
