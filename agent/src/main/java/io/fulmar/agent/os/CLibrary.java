package io.fulmar.agent.os;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The C library of this machine. Immutable. */
public final class CLibrary {
    private static final int VERSION_BYTES = 32;

    private CLibrary() {}

    /** The version of glibc, such as 2.41; empty where the C library is another one. */
    public static String version() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("gnu_get_libc_version")
                .map(it -> call(linker.downcallHandle(it, FunctionDescriptor.of(ValueLayout.ADDRESS))))
                .orElse("");
    }

    private static String call(MethodHandle version) {
        try {
            return ((MemorySegment) version.invokeExact())
                    .reinterpret(VERSION_BYTES)
                    .getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("gnu_get_libc_version cannot be called", e);
        }
    }
}
