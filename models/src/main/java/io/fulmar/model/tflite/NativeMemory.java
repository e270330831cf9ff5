package io.fulmar.model.tflite;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * What the C library's allocator has given out in this process: that of every interpreter, and of all other native code.
 * Thread-safe.
 */
public final class NativeMemory {
    /** {@code struct mallinfo2} of glibc 2.33 and newer, <a href="https://man7.org/linux/man-pages/man3/mallinfo.3.html">mallinfo(3)</a>. */
    private static final int FIELDS = 10;

    private static final int MAPPED = 4;
    private static final int GIVEN = 7;
    private static final @Nullable MethodHandle MALLINFO = find();

    private NativeMemory() {}

    private static @Nullable MethodHandle find() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("mallinfo2")
                .map(it -> linker.downcallHandle(
                        it,
                        FunctionDescriptor.of(
                                MemoryLayout.structLayout(MemoryLayout.sequenceLayout(FIELDS, ValueLayout.JAVA_LONG)))))
                .orElse(null);
    }

    /** Bytes given out and not given back; -1 where the C library does not tell. */
    public static long inUse() {
        if (MALLINFO == null) {
            return -1;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = (MemorySegment) MALLINFO.invokeExact((SegmentAllocator) arena);
            return info.getAtIndex(ValueLayout.JAVA_LONG, MAPPED) + info.getAtIndex(ValueLayout.JAVA_LONG, GIVEN);
        } catch (Throwable e) {
            throw new IllegalStateException("mallinfo2 cannot be called", e);
        }
    }
}
