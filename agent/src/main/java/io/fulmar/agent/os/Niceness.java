package io.fulmar.agent.os;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * How much a thread leaves to others when there is more work than processors, -20 to 19. On Linux each thread has its own
 * (<a href="https://man7.org/linux/man-pages/man2/setpriority.2.html">setpriority(2)</a>, notes). Thread-safe.
 */
public final class Niceness {
    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;

    private Niceness() {}

    /**
     * Sets that of the calling thread, and so of the threads that it starts.
     *
     * @return false if the system does not allow it: below 0 it wants RLIMIT_NICE or CAP_SYS_NICE
     */
    public static boolean set(int niceness) {
        Linker linker = Linker.nativeLinker();
        MethodHandle setpriority = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setpriority"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            return (int) setpriority.invokeExact(PRIO_PROCESS, THIS_THREAD, niceness) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("setpriority cannot be called", e);
        }
    }
}
