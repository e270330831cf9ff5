package io.fulmar.agent.io.simulated;

import io.fulmar.agent.io.bus.BusException;
import io.fulmar.agent.io.bus.Level;
import io.fulmar.agent.io.bus.Pull;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The simulated pins of one device in memory that all its processes share: one line of text a pin, which {@code cat} shows.
 *
 * <p>A pin belongs to the process that asked for it as long as that lives, as with a line of Linux's GPIO character device;
 * when it dies, also of SIGKILL, nobody drives the pin any more. The page lies on a file system in memory: pins wait for no
 * disk, and are forgotten when the machine starts again. Thread-safe.
 */
final class PinPage {
    static final int PINS = 128;
    static final int CHIPS = 16;

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final int LINE = 80;
    private static final int ROLE = 8;
    private static final int DRIVEN = 16;
    private static final int OUTSIDE = 24;
    private static final int PULL = 32;
    private static final int SHARE = 40;
    private static final int HOLDER = 48;
    private static final int HOLDER_CHARS = 28;
    private static final String FREE = "free  ";
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final Path file;
    private final ByteBuffer page;

    private PinPage(Path file, ByteBuffer page) {
        this.file = file;
        this.page = page;
    }

    /** That of the device with this state directory. */
    static PinPage of(Path state) {
        Path file = SHARED_MEMORY.resolve("fulmar-pins-" + digest(state));
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            if (!Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(Path.of("/proc/self")))) {
                throw new IOException("it is somebody else's");
            }
            if (channel.size() != (long) (PINS + CHIPS) * LINE) {
                write(channel);
            }
            return new PinPage(file, channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) (PINS + CHIPS) * LINE));
        } catch (IOException e) {
            throw new BusException(
                    BusException.Kind.FAILED,
                    "the simulated pins cannot be kept in " + file + ": " + e.getMessage(),
                    "delete that file, or mount /dev/shm",
                    e);
        }
    }

    private static String digest(Path state) {
        try {
            byte[] name = state.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(FileChannel channel) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int pin = 0; pin < PINS; pin++) {
            text.append(
                    String.format("gpio%-4d%-8s%-8s%-8s%-8s%-8s%-31s\n", pin, FREE, "low", "none", "none", "0000", ""));
        }
        for (int chip = 0; chip < CHIPS; chip++) {
            text.append(String.format("chip%-4d%-8s%-63s\n", chip, ChipFault.NONE.text(), ""));
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes, bytes.position());
        }
    }

    Path file() {
        return file;
    }

    // ---- who holds a pin

    /**
     * Takes the pin for this process.
     *
     * @throws BusException if somebody holds it
     */
    void claim(int pin, SimulatedPin.Role role, Pull pull) {
        if (pin < 0 || pin >= PINS) {
            throw new BusException(
                    BusException.Kind.ABSENT,
                    "the simulator has GPIO 0 to " + (PINS - 1) + ", not " + pin,
                    "correct the pin in [hardware]");
        }
        long holder = holder(pin);
        if (holder != 0) {
            throw new BusException(
                    BusException.Kind.BUSY,
                    "GPIO " + pin + " is held by process " + holder,
                    "stop that process; an output of a running agent is moved by 'fulmar fleet command DEVICE actuate'");
        }
        put(pin, PULL, word(pull.name().toLowerCase(java.util.Locale.ROOT)));
        text(pin, ROLE, 8, role.text());
        String start = start(ProcessHandle.current().pid());
        text(pin, HOLDER, HOLDER_CHARS, ProcessHandle.current().pid() + " " + (start == null ? "" : start));
    }

    /** Lets go of the pin. */
    void release(int pin) {
        text(pin, HOLDER, HOLDER_CHARS, "");
    }

    /** The process that holds the pin; 0 if none does. */
    long holder(int pin) {
        String[] parts = text(pin, HOLDER, HOLDER_CHARS).split(" ", 2);
        if (parts.length != 2 || !parts[0].matches("[0-9]{1,10}")) {
            return 0;
        }
        long pid = Long.parseLong(parts[0]);
        return parts[1].equals(start(pid)) ? pid : 0;
    }

    /** When that process began, in the kernel's ticks; null if it does not live. */
    private static @Nullable String start(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields[0].equals("Z") || fields[0].equals("X") ? null : fields[19];
        } catch (IOException e) {
            return null; // it has ended
        }
    }

    // ---- what a pin does

    SimulatedPin.@Nullable Role role(int pin) {
        return SimulatedPin.Role.of(text(pin, ROLE, 8));
    }

    void drive(int pin, Level level) {
        put(pin, DRIVEN, word(level.text()));
    }

    Level driven(int pin) {
        return Level.of(get(pin, DRIVEN) == word("high"));
    }

    void drive(int pin, double share) {
        put(pin, SHARE, word(String.format(java.util.Locale.ROOT, "%04d", Math.round(share * 1000))));
    }

    double share(int pin) {
        return Integer.parseInt(chars(get(pin, SHARE))) / 1000.0;
    }

    /** What is connected to the pin from outside; null for nothing. */
    void outside(int pin, @Nullable Level level) {
        put(pin, OUTSIDE, word(level == null ? "none" : level.text()));
    }

    @Nullable
    Level outside(int pin) {
        int word = get(pin, OUTSIDE);
        return word == word("none") ? null : Level.of(word == word("high"));
    }

    Pull pull(int pin) {
        int word = get(pin, PULL);
        return word == word("up") ? Pull.UP : word == word("down") ? Pull.DOWN : Pull.NONE;
    }

    /** What goes wrong with that chip. */
    ChipFault fault(int chip) {
        int word = get(PINS + chip, ROLE); // four letters tell them apart
        for (ChipFault fault : ChipFault.values()) {
            if (word == word(fault.text())) {
                return fault;
            }
        }
        return ChipFault.NONE;
    }

    void fault(int chip, ChipFault fault) {
        put(PINS + chip, ROLE, word(fault.text()));
    }

    private int get(int pin, int at) {
        return (int) WORD.getVolatile(page, pin * LINE + at);
    }

    private void put(int pin, int at, int word) {
        WORD.setVolatile(page, pin * LINE + at, word);
    }

    /** Four characters, which change at once. */
    private static int word(String text) {
        int word = 0;
        for (int i = 0; i < 4; i++) {
            word = word << 8 | (i < text.length() ? text.charAt(i) : ' ');
        }
        return word;
    }

    private static String chars(int word) {
        return new String(new char[] {
            (char) (word >>> 24), (char) (word >>> 16 & 0xFF), (char) (word >>> 8 & 0xFF), (char) (word & 0xFF)
        });
    }

    private String text(int pin, int at, int length) {
        byte[] bytes = new byte[length];
        page.get(pin * LINE + at, bytes);
        return new String(bytes, StandardCharsets.US_ASCII).strip();
    }

    private void text(int pin, int at, int length, String text) {
        byte[] bytes = String.format("%-" + length + "s", text).getBytes(StandardCharsets.US_ASCII);
        page.put(pin * LINE + at, bytes, 0, length);
    }
}
