package io.fulmar.agent.os;

import io.fulmar.config.SourceSettings.Flow;
import io.fulmar.config.SourceSettings.Parity;
import io.fulmar.config.SourceSettings.SerialLine;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * An open serial port, through the C library: see termios(3). The numbers are those of Linux on x86-64 and arm64
 * (asm-generic/termbits.h), which are the same. Owned by the thread that opened it.
 */
public final class SerialPort implements Closeable {
    private static final int O_RDONLY_NOCTTY_NONBLOCK_CLOEXEC = 0x100 | 0x800 | 0x80000;
    private static final int TCSANOW = 0;
    private static final int TCIFLUSH = 0;
    private static final int TIOCEXCL = 0x540C;
    private static final int TIOCNXCL = 0x540D;

    /** Of struct termios: 60 bytes with glibc, more than it is ever likely to be. */
    private static final int TERMIOS_BYTES = 256;

    private static final int IFLAG = 0;
    private static final int CFLAG = 8;
    private static final int IXON_IXOFF = 0x400 | 0x1000;
    private static final int INPCK = 0x10;
    private static final int CSIZE = 0x30;
    private static final int CSTOPB = 0x40;
    private static final int CREAD_CLOCAL = 0x80 | 0x800;
    private static final int PARENB = 0x100;
    private static final int PARODD = 0x200;
    private static final int CRTSCTS = 0x8000_0000;

    private static final int POLLIN = 1;
    /** How long it may take until a reader notices that it is to end. */
    private static final int WAIT_MILLIS = 100;

    private static final int BUFFER_BYTES = 4096;
    private static final int TEXT_BYTES = 256;

    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int ENXIO = 6;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int ENODEV = 19;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MethodHandle OPEN = variadic("open", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle CONTROL =
            variadic("ioctl", FunctionDescriptor.of(INT, INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle READ = handle(
            "read", FunctionDescriptor.of(ValueLayout.JAVA_LONG, INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle POLL =
            handle("poll", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, INT));
    private static final MethodHandle GET = handle("tcgetattr", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS));
    private static final MethodHandle SET =
            handle("tcsetattr", FunctionDescriptor.of(INT, INT, INT, ValueLayout.ADDRESS));
    private static final MethodHandle SPEED =
            handle("cfsetspeed", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle FLUSH = handle("tcflush", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle RAW = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("cfmakeraw"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    private static final MethodHandle TEXT = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ValueLayout.ADDRESS, INT));

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE);
    private final Path path;
    private int file = -1;

    private SerialPort(Path path) {
        this.path = path;
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle variadic(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                descriptor,
                Linker.Option.firstVariadicArg(2),
                Linker.Option.captureCallState("errno"));
    }

    /**
     * Opens it for this process alone, and forgets what came before.
     *
     * @throws NoSuchFileException if there is no such port
     * @throws AccessDeniedException if this user must not open it
     * @throws IOException if another process has it, or it is no serial port
     */
    public static SerialPort open(Path path, SerialLine line) throws IOException {
        SerialPort port = new SerialPort(path);
        try {
            port.open();
            port.set(line);
            return port;
        } catch (Throwable e) {
            port.close();
            throw thrown(e);
        }
    }

    private void open() throws Throwable {
        file = (int) OPEN.invokeExact(state, arena.allocateFrom(path.toString()), O_RDONLY_NOCTTY_NONBLOCK_CLOEXEC);
        if (file >= 0) {
            return;
        }
        throw switch (errno()) {
            case ENOENT, ENXIO, ENODEV -> new NoSuchFileException(path.toString());
            case EACCES, EPERM -> new AccessDeniedException(path.toString());
            default -> failure("cannot be opened");
        };
    }

    private void set(SerialLine line) throws Throwable {
        MemorySegment termios = arena.allocate(TERMIOS_BYTES, Long.BYTES);
        if ((int) GET.invokeExact(state, file, termios) != 0) {
            throw failure("is no serial port");
        }
        RAW.invokeExact(termios);
        int input = termios.get(INT, IFLAG) & ~(IXON_IXOFF | INPCK);
        input |= line.flow() == Flow.SOFTWARE ? IXON_IXOFF : 0;
        input |= line.parity() == Parity.NONE ? 0 : INPCK;
        termios.set(INT, IFLAG, input);
        int control = termios.get(INT, CFLAG) & ~(CSIZE | CSTOPB | PARENB | PARODD | CRTSCTS);
        control |= CREAD_CLOCAL | ((line.bits() - 5) << 4);
        control |= line.stopBits() == 2 ? CSTOPB : 0;
        control |= line.flow() == Flow.HARDWARE ? CRTSCTS : 0;
        control |= switch (line.parity()) {
            case NONE -> 0;
            case EVEN -> PARENB;
            case ODD -> PARENB | PARODD;
        };
        termios.set(INT, CFLAG, control);
        if ((int) SPEED.invokeExact(state, termios, line.baud()) != 0
                || (int) SET.invokeExact(state, file, TCSANOW, termios) != 0) {
            throw failure("cannot be set to " + line.baud() + " baud");
        }
        if ((int) CONTROL.invokeExact(state, file, (long) TIOCEXCL, 0L) != 0) {
            throw failure("cannot be had alone");
        }
        int flushed = (int) FLUSH.invokeExact(state, file, TCIFLUSH);
        assert flushed == 0;
    }

    /**
     * What comes, from now on. Reading waits until something does.
     *
     * @param over whether nobody reads any more, which is the end of the stream; asked ten times a second
     */
    public InputStream input(BooleanSupplier over) {
        MemorySegment poll = arena.allocate(Long.BYTES, Long.BYTES);
        poll.set(INT, 0, file);
        poll.set(ValueLayout.JAVA_SHORT, Integer.BYTES, (short) POLLIN);
        return new Bytes(poll, arena.allocate(BUFFER_BYTES), over);
    }

    /** Owned by the thread that reads. */
    private final class Bytes extends InputStream {
        private final MemorySegment poll;
        private final MemorySegment buffer;
        private final BooleanSupplier over;

        Bytes(MemorySegment poll, MemorySegment buffer, BooleanSupplier over) {
            this.poll = poll;
            this.buffer = buffer;
            this.over = over;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            Objects.checkFromIndexSize(from, length, bytes.length);
            try {
                while (length > 0 && !over.getAsBoolean()) {
                    int ready = (int) POLL.invokeExact(state, poll, 1L, WAIT_MILLIS);
                    if (ready < 0 && errno() != EINTR) {
                        throw failure("cannot be waited for");
                    }
                    int count = ready > 0 ? arrived(Math.min(length, BUFFER_BYTES)) : 0;
                    if (count > 0) {
                        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, from, count);
                        return count;
                    }
                }
                return length == 0 ? 0 : -1;
            } catch (Throwable e) {
                throw thrown(e);
            }
        }

        /** How many bytes came; 0 if it was no more than a sign. */
        private int arrived(int atMost) throws Throwable {
            long count = (long) READ.invokeExact(state, file, buffer, (long) atMost);
            if (count == 0) {
                throw new IOException(path + " has hung up");
            }
            if (count < 0 && errno() != EAGAIN && errno() != EINTR) {
                throw failure("cannot be read");
            }
            return (int) Math.max(0, count);
        }
    }

    @Override
    public void close() {
        try {
            if (file >= 0) {
                int shared = (int) CONTROL.invokeExact(state, file, (long) TIOCNXCL, 0L);
                int closed = (int) CLOSE.invokeExact(state, file);
                assert closed == 0 || shared != 0;
            }
        } catch (Throwable e) {
            throw new IllegalStateException("the C library cannot be called", e);
        } finally {
            file = -1;
            arena.close();
        }
    }

    private int errno() {
        return (int) ERRNO.get(state, 0L);
    }

    private IOException failure(String what) throws Throwable {
        int number = errno();
        MemorySegment text = (MemorySegment) TEXT.invokeExact(number);
        return new IOException(
                path + " " + what + ": " + text.reinterpret(TEXT_BYTES).getString(0));
    }

    private static IOException thrown(Throwable e) {
        return switch (e) {
            case IOException known -> known;
            case RuntimeException bug -> throw bug;
            case Error bug -> throw bug;
            default -> throw new IllegalStateException("the C library cannot be called", e);
        };
    }
}
