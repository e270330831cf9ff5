package io.fulmar.agent.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * Sends to a datagram socket of the kind AF_UNIX, which Java has no class for, through the C library. Never waits.
 * Immutable.
 */
final class DatagramSocket {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
    private static final int PATH_BYTES = 108;
    private static final int FAMILY_BYTES = Short.BYTES;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SOCKET = handle(
            "socket",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle SEND_TO = handle(
            "sendto",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final byte[] name;

    private DatagramSocket(byte[] name) {
        this.name = name;
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    /** @param address an absolute path, or a name in Linux's abstract space with {@code @} before it */
    static DatagramSocket to(String address) {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        if (!address.startsWith("/") && !address.startsWith("@")) {
            throw new IllegalArgumentException("is neither an absolute path nor an abstract name");
        }
        if (name.length >= PATH_BYTES) {
            throw new IllegalArgumentException("is longer than " + (PATH_BYTES - 1) + " bytes");
        }
        if (name[0] == '@') {
            name[0] = 0;
        }
        return new DatagramSocket(name);
    }

    /** Sends one message, or fails at once. */
    void send(byte[] message) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment address = arena.allocate(FAMILY_BYTES + PATH_BYTES, Short.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, FAMILY_BYTES, name.length);
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, message);
            int socket = (int) SOCKET.invokeExact(state, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
            if (socket < 0) {
                throw new IOException("socket: " + reason(state));
            }
            try {
                long sent = (long) SEND_TO.invokeExact(
                        state,
                        socket,
                        bytes,
                        (long) message.length,
                        MSG_DONTWAIT_NOSIGNAL,
                        address,
                        FAMILY_BYTES + name.length);
                if (sent != message.length) {
                    throw new IOException("sendto: " + reason(state));
                }
            } finally {
                int closed = (int) CLOSE.invokeExact(state, socket);
                assert closed == 0;
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("the C library cannot be called", e);
        }
    }

    private static String reason(MemorySegment state) {
        return "errno " + (int) ERRNO.get(state, 0L);
    }
}
