package io.fulmar.model.tflite;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Collects what the native library reports as errors, so that an exception can say it.
 *
 * <p>Thread-safe: the library may report from its own threads.
 */
final class NativeMessages {
    private static final int MAX_MESSAGE_BYTES = 1024;

    private final ConcurrentLinkedQueue<String> messages = new ConcurrentLinkedQueue<>();
    private final long reporter;

    /** The arena keeps the function alive that the library calls. */
    NativeMessages(Arena arena) {
        try {
            reporter = Linker.nativeLinker()
                    .upcallStub(
                            MethodHandles.lookup()
                                    .bind(
                                            this,
                                            "report",
                                            MethodType.methodType(void.class, long.class, long.class, long.class)),
                            FunctionDescriptor.ofVoid(
                                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                            arena)
                    .address();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The C function that takes the messages. */
    long reporter() {
        return reporter;
    }

    /**
     * Called by native code with a printf format and its arguments. A {@code va_list} parameter is a pointer on both
     * platforms: on x86-64 it is an array, on ARM64 a structure too large for registers.
     */
    void report(long userData, long format, long arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(MAX_MESSAGE_BYTES);
            if (TfLite.format(text.address(), MAX_MESSAGE_BYTES, format, arguments) > 0) {
                messages.add(text.getString(0).strip());
            }
            while (messages.size() > Limits.MAX_NATIVE_MESSAGES) {
                messages.poll();
            }
        } catch (RuntimeException e) {
            // an exception that leaves this method would end the process
            messages.add("unreadable message");
        }
    }

    /** The messages since the last call, in one line; empty if there were none. */
    String take() {
        StringBuilder text = new StringBuilder();
        for (String message = messages.poll(); message != null; message = messages.poll()) {
            text.append(text.isEmpty() ? "" : "; ").append(message.replace('\n', ' '));
        }
        return text.toString();
    }
}
