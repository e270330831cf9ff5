package io.fulmar.agent.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A real datagram socket of the kind AF_UNIX, as systemd has one, for tests. Owned by the test's thread. */
public final class DatagramReceiver implements AutoCloseable {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SOCKET = handle(
            "socket",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle BIND = handle(
            "bind",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle RECEIVE = handle(
            "recv",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final int MSG_DONTWAIT = 0x40;

    private final int socket;

    private DatagramReceiver(int socket) {
        this.socket = socket;
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
    }

    /** Listens at an absolute path, or at an abstract name with {@code @} before it. */
    public static DatagramReceiver at(String address) {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        if (name[0] == '@') {
            name[0] = 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bound = arena.allocate(110, 2);
            bound.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
            MemorySegment.copy(name, 0, bound, ValueLayout.JAVA_BYTE, 2, name.length);
            int socket = (int) SOCKET.invokeExact(1, 2, 0);
            int result = (int) BIND.invokeExact(socket, bound, 2 + name.length);
            if (socket < 0 || result != 0) {
                throw new IllegalStateException("cannot listen at " + address);
            }
            return new DatagramReceiver(socket);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** What has come since the last call. */
    public List<String> received() {
        List<String> messages = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(4096);
            while (true) {
                long length = (long) RECEIVE.invokeExact(socket, bytes, bytes.byteSize(), MSG_DONTWAIT);
                if (length < 0) {
                    return messages;
                }
                messages.add(
                        new String(bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            int closed = (int) CLOSE.invokeExact(socket);
            assert closed == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
