package io.fulmar.model.tflite;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;

/**
 * Learns what a delegate took over: the C API does not tell, so the delegate's own {@code Prepare} function is called
 * through this class, which then looks at the plan that it left behind.
 *
 * <p>Owned by the interpreter's owner.
 */
final class DelegateProbe {
    /** The code of a node that stands for operators which a delegate runs. */
    private static final int DELEGATE_NODE = 51;

    /** The place of {@code Prepare} in the structure {@code TfLiteDelegate}: after one pointer. */
    private static final long PREPARE_AT = ValueLayout.ADDRESS.byteSize();

    private static final int PLAN_FAILED = 1;
    private static final int MAX_PLAN = Limits.MAX_OPERATORS;

    private static final FunctionDescriptor PREPARE =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

    private final MethodHandle original;
    private final Map<Long, Plan> plans = new HashMap<>();

    /** Puts itself between the library and the delegate, for as long as the arena lives. */
    DelegateProbe(long delegate, Arena arena) {
        MemorySegment structure = MemorySegment.ofAddress(delegate).reinterpret(2 * ValueLayout.ADDRESS.byteSize());
        Linker linker = Linker.nativeLinker();
        original = linker.downcallHandle(structure.get(ValueLayout.ADDRESS, PREPARE_AT), PREPARE);
        try {
            MethodHandle target = MethodHandles.lookup()
                    .bind(this, "prepare", MethodType.methodType(int.class, long.class, long.class));
            structure.set(ValueLayout.ADDRESS, PREPARE_AT, linker.upcallStub(target, PREPARE, arena));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Called by native code in the place of the delegate's own function. */
    int prepare(long context, long delegate) {
        try {
            int status = (int) original.invokeExact(context, delegate);
            if (status == TfLite.OK) {
                plans.put(context, readPlan(context));
            }
            return status;
        } catch (Throwable e) {
            // an exception that leaves this method would end the process
            return PLAN_FAILED;
        }
    }

    private static Plan readPlan(long context) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(ValueLayout.JAVA_LONG, 3);
            if (TfLite.plan(context, into.address()) != TfLite.OK) {
                return new Plan(0, 0);
            }
            MemorySegment header =
                    MemorySegment.ofAddress(into.get(ValueLayout.JAVA_LONG, 0)).reinterpret(Integer.BYTES);
            int length = Math.min(header.get(ValueLayout.JAVA_INT, 0), MAX_PLAN);
            MemorySegment nodes = header.reinterpret((1L + length) * Integer.BYTES);
            int delegated = 0;
            for (int i = 1; i <= length; i++) {
                int node = nodes.getAtIndex(ValueLayout.JAVA_INT, i);
                int status = TfLite.node(context, node, into.address() + Long.BYTES, into.address() + 2 * Long.BYTES);
                if (status == TfLite.OK
                        && TfLite.builtinCode(into.getAtIndex(ValueLayout.JAVA_LONG, 2)) == DELEGATE_NODE) {
                    delegated++;
                }
            }
            return new Plan(delegated, length - delegated);
        }
    }

    /** Whether the delegate runs anything at all. */
    boolean took() {
        return plans.values().stream().anyMatch(plan -> plan.delegated > 0);
    }

    /** How many operators are left to the builtin kernels, in all subgraphs. */
    int left() {
        return plans.values().stream().mapToInt(plan -> plan.left).sum();
    }

    /** The plan of a subgraph: nodes that the delegate runs, and the others. Immutable. */
    private record Plan(int delegated, int left) {}
}
