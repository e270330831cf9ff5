package io.fulmar.model.tflite;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * TensorFlow Lite's C API. Pointers are numbers here, so that a call allocates nothing.
 *
 * <p>Touch this class only after {@link NativeLibrary#symbols} has returned. Thread-safe as far as the C API is.
 */
final class TfLite {
    static final int OK = 0;

    private static final ValueLayout.OfLong POINTER = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** Larger than any version of the structure: it comes back through a hidden pointer on both platforms. */
    private static final MemoryLayout XNNPACK_OPTIONS =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(32, ValueLayout.JAVA_LONG));

    private static final long XNNPACK_THREADS = 0;

    /** Only calls that return at once may be critical: they keep this thread from a safepoint. */
    private static final Linker.Option[] SHORT = {Linker.Option.critical(false)};

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = NativeLibrary.symbols();

    private static final MethodHandle MODEL_CREATE =
            function("TfLiteModelCreateWithErrorReporter", POINTER, POINTER, POINTER, POINTER, POINTER);
    private static final MethodHandle MODEL_DELETE = procedure("TfLiteModelDelete", POINTER);
    private static final MethodHandle OPTIONS_CREATE = function("TfLiteInterpreterOptionsCreate", POINTER);
    private static final MethodHandle OPTIONS_DELETE = procedure("TfLiteInterpreterOptionsDelete", POINTER);
    private static final MethodHandle OPTIONS_THREADS =
            procedure("TfLiteInterpreterOptionsSetNumThreads", POINTER, INT);
    private static final MethodHandle OPTIONS_REPORTER =
            procedure("TfLiteInterpreterOptionsSetErrorReporter", POINTER, POINTER, POINTER);
    private static final MethodHandle OPTIONS_DELEGATE =
            procedure("TfLiteInterpreterOptionsAddDelegate", POINTER, POINTER);
    private static final MethodHandle CREATE = function("TfLiteInterpreterCreate", POINTER, POINTER, POINTER);
    private static final MethodHandle DELETE = procedure("TfLiteInterpreterDelete", POINTER);
    private static final MethodHandle ALLOCATE = function("TfLiteInterpreterAllocateTensors", INT, POINTER);
    private static final MethodHandle INVOKE = function("TfLiteInterpreterInvoke", INT, POINTER);
    private static final MethodHandle RESET = function("TfLiteInterpreterResetVariableTensors", INT, POINTER);
    private static final MethodHandle RESIZE =
            function("TfLiteInterpreterResizeInputTensor", INT, POINTER, INT, POINTER, INT);
    private static final MethodHandle INPUT = shortFunction("TfLiteInterpreterGetInputTensor", POINTER, POINTER, INT);
    private static final MethodHandle OUTPUT = shortFunction("TfLiteInterpreterGetOutputTensor", POINTER, POINTER, INT);
    private static final MethodHandle RUNNER =
            function("TfLiteInterpreterGetSignatureRunner", POINTER, POINTER, POINTER);
    private static final MethodHandle RUNNER_DELETE = procedure("TfLiteSignatureRunnerDelete", POINTER);
    private static final MethodHandle RUNNER_INPUT =
            shortFunction("TfLiteSignatureRunnerGetInputTensor", POINTER, POINTER, POINTER);
    private static final MethodHandle RUNNER_OUTPUT =
            shortFunction("TfLiteSignatureRunnerGetOutputTensor", POINTER, POINTER, POINTER);
    private static final MethodHandle RUNNER_RESIZE =
            function("TfLiteSignatureRunnerResizeInputTensor", INT, POINTER, POINTER, POINTER, INT);
    private static final MethodHandle RUNNER_ALLOCATE = function("TfLiteSignatureRunnerAllocateTensors", INT, POINTER);
    private static final MethodHandle RUNNER_INVOKE = function("TfLiteSignatureRunnerInvoke", INT, POINTER);
    private static final MethodHandle TENSOR_TYPE = shortFunction("TfLiteTensorType", INT, POINTER);
    private static final MethodHandle TENSOR_RANK = shortFunction("TfLiteTensorNumDims", INT, POINTER);
    private static final MethodHandle TENSOR_DIMENSION = shortFunction("TfLiteTensorDim", INT, POINTER, INT);
    private static final MethodHandle TENSOR_BYTES = shortFunction("TfLiteTensorByteSize", POINTER, POINTER);
    private static final MethodHandle TENSOR_DATA = shortFunction("TfLiteTensorData", POINTER, POINTER);
    private static final MethodHandle XNNPACK_DEFAULTS =
            function("TfLiteXNNPackDelegateOptionsDefault", XNNPACK_OPTIONS);
    private static final MethodHandle XNNPACK_CREATE = function("TfLiteXNNPackDelegateCreate", POINTER, POINTER);
    private static final MethodHandle XNNPACK_DELETE = procedure("TfLiteXNNPackDelegateDelete", POINTER);
    private static final MethodHandle PLAN = function("TfLiteOpaqueContextGetExecutionPlan", INT, POINTER, POINTER);
    private static final MethodHandle NODE =
            function("TfLiteOpaqueContextGetNodeAndRegistration", INT, POINTER, INT, POINTER, POINTER);
    private static final MethodHandle BUILTIN_CODE = function("TfLiteOperatorGetBuiltInCode", INT, POINTER);
    private static final MethodHandle VERSION = function("TfLiteVersion", POINTER);
    private static final MethodHandle FORMAT = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("vsnprintf"),
            FunctionDescriptor.of(INT, POINTER, POINTER, POINTER, POINTER));

    static {
        quieten();
    }

    private TfLite() {}

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle shortFunction(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), FunctionDescriptor.of(result, arguments), SHORT);
    }

    private static MethodHandle procedure(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
    }

    /** Keeps the library's notes ("Created XNNPACK delegate") off standard error; it still writes warnings. */
    private static void quieten() {
        int warning = 2;
        String name = "_ZN6tflite16logging_internal13MinimalLogger21SetMinimumLogSeverityENS_11LogSeverityE";
        SYMBOLS.find(name).ifPresent(function -> {
            try {
                int ignored = (int) LINKER.downcallHandle(function, FunctionDescriptor.of(INT, INT))
                        .invokeExact(warning);
            } catch (Throwable e) {
                throw impossible(e);
            }
        });
    }

    private static IllegalStateException impossible(Throwable e) {
        return new IllegalStateException("A call of the native library could not be made", e);
    }

    static long modelCreate(long bytes, long size, long reporter) {
        try {
            return (long) MODEL_CREATE.invokeExact(bytes, size, reporter, 0L);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void modelDelete(long model) {
        call(MODEL_DELETE, model);
    }

    static long optionsCreate() {
        try {
            return (long) OPTIONS_CREATE.invokeExact();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void optionsDelete(long options) {
        call(OPTIONS_DELETE, options);
    }

    static void optionsThreads(long options, int threads) {
        try {
            OPTIONS_THREADS.invokeExact(options, threads);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void optionsReporter(long options, long reporter) {
        try {
            OPTIONS_REPORTER.invokeExact(options, reporter, 0L);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void optionsDelegate(long options, long delegate) {
        try {
            OPTIONS_DELEGATE.invokeExact(options, delegate);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long create(long model, long options) {
        try {
            return (long) CREATE.invokeExact(model, options);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void delete(long interpreter) {
        call(DELETE, interpreter);
    }

    static int allocate(long interpreter) {
        try {
            return (int) ALLOCATE.invokeExact(interpreter);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int invoke(long interpreter) {
        try {
            return (int) INVOKE.invokeExact(interpreter);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int resetVariables(long interpreter) {
        try {
            return (int) RESET.invokeExact(interpreter);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int resize(long interpreter, int input, int[] shape) {
        try (Arena arena = Arena.ofConfined()) {
            long dimensions = arena.allocateFrom(INT, shape).address();
            return (int) RESIZE.invokeExact(interpreter, input, dimensions, shape.length);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long input(long interpreter, int index) {
        try {
            return (long) INPUT.invokeExact(interpreter, index);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long output(long interpreter, int index) {
        try {
            return (long) OUTPUT.invokeExact(interpreter, index);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long runner(long interpreter, long key) {
        try {
            return (long) RUNNER.invokeExact(interpreter, key);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void runnerDelete(long runner) {
        call(RUNNER_DELETE, runner);
    }

    static long runnerInput(long runner, long name) {
        try {
            return (long) RUNNER_INPUT.invokeExact(runner, name);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long runnerOutput(long runner, long name) {
        try {
            return (long) RUNNER_OUTPUT.invokeExact(runner, name);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int runnerResize(long runner, long name, int[] shape) {
        try (Arena arena = Arena.ofConfined()) {
            long dimensions = arena.allocateFrom(INT, shape).address();
            return (int) RUNNER_RESIZE.invokeExact(runner, name, dimensions, shape.length);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int runnerAllocate(long runner) {
        try {
            return (int) RUNNER_ALLOCATE.invokeExact(runner);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int runnerInvoke(long runner) {
        try {
            return (int) RUNNER_INVOKE.invokeExact(runner);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int tensorType(long tensor) {
        try {
            return (int) TENSOR_TYPE.invokeExact(tensor);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int tensorRank(long tensor) {
        try {
            return (int) TENSOR_RANK.invokeExact(tensor);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int tensorDimension(long tensor, int dimension) {
        try {
            return (int) TENSOR_DIMENSION.invokeExact(tensor, dimension);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long tensorBytes(long tensor) {
        try {
            return (long) TENSOR_BYTES.invokeExact(tensor);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long tensorData(long tensor) {
        try {
            return (long) TENSOR_DATA.invokeExact(tensor);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long xnnpackCreate(int threads) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options = (MemorySegment) XNNPACK_DEFAULTS.invokeExact((SegmentAllocator) arena);
            options.set(INT, XNNPACK_THREADS, threads);
            return (long) XNNPACK_CREATE.invokeExact(options.address());
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void xnnpackDelete(long delegate) {
        call(XNNPACK_DELETE, delegate);
    }

    static int plan(long context, long into) {
        try {
            return (int) PLAN.invokeExact(context, into);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int node(long context, int index, long nodeInto, long operatorInto) {
        try {
            return (int) NODE.invokeExact(context, index, nodeInto, operatorInto);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int builtinCode(long operator) {
        try {
            return (int) BUILTIN_CODE.invokeExact(operator);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int format(long into, long size, long format, long arguments) {
        try {
            return (int) FORMAT.invokeExact(into, size, format, arguments);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static String version() {
        try {
            long text = (long) VERSION.invokeExact();
            return MemorySegment.ofAddress(text).reinterpret(64).getString(0);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private static void call(MethodHandle procedure, long pointer) {
        try {
            procedure.invokeExact(pointer);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
