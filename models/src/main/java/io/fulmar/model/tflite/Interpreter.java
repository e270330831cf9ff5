package io.fulmar.model.tflite;

import io.fulmar.model.tflite.ModelDescription.SignatureDescription;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one model: write the inputs, {@link #invoke}, read the outputs.
 *
 * <p>After {@link #close}, every use is an {@link IllegalStateException}; freed memory is never read.
 *
 * <p>Owned by one thread at a time; two at once get an {@link IllegalStateException}. Threads that work in parallel open
 * an interpreter each and share the {@link ModelFile}.
 */
public final class Interpreter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Interpreter.class);

    private static final int OPEN = 0;
    private static final int BUSY = 1;
    private static final int CLOSED = 2;

    private final ModelFile model;
    private final InterpreterOptions options;
    private final AtomicInteger state = new AtomicInteger(OPEN);
    private final List<Tensor> inputs;
    private final List<Tensor> outputs;
    private final Map<String, Signature> signatures = new LinkedHashMap<>();

    /** Those of the model and of the signatures in use. */
    private Tensor[] tensors;

    private Arena arena = Arena.ofShared();
    private NativeMessages messages;
    private @Nullable DelegateProbe probe;
    private long nativeModel;
    private long nativeOptions;
    private long nativeDelegate;
    private long handle;
    private @Nullable Generation generation;
    private boolean allocated;
    private boolean dynamic;

    private Interpreter(ModelFile model, InterpreterOptions options) {
        this.model = model;
        this.options = options;
        this.messages = new NativeMessages(arena);
        List<Tensor> in = new ArrayList<>();
        for (TensorDescription input : model.description().inputs()) {
            int index = in.size();
            in.add(new Tensor(input, source(() -> TfLite.input(handle, index))));
        }
        List<Tensor> out = new ArrayList<>();
        for (TensorDescription output : model.description().outputs()) {
            int index = out.size();
            out.add(new Tensor(output, source(() -> TfLite.output(handle, index))));
        }
        this.inputs = List.copyOf(in);
        this.outputs = List.copyOf(out);
        in.addAll(out);
        this.tensors = in.toArray(Tensor[]::new);
    }

    /**
     * Makes a model ready to run.
     *
     * @throws ModelException if this runtime cannot run it, or has no native library for this machine
     */
    public static Interpreter open(ModelFile model, InterpreterOptions options) {
        NativeLibrary.symbols();
        Interpreter interpreter = new Interpreter(model, options);
        boolean open = false;
        try {
            interpreter.build();
            open = true;
            return interpreter;
        } finally {
            if (!open) {
                interpreter.close();
            }
        }
    }

    /** The version of the native library, for example {@code 2.20.0}. */
    public static String runtimeVersion() {
        NativeLibrary.symbols();
        return TfLite.version();
    }

    public ModelFile model() {
        return model;
    }

    public InterpreterOptions options() {
        return options;
    }

    public List<Tensor> inputs() {
        return inputs;
    }

    public List<Tensor> outputs() {
        return outputs;
    }

    public Tensor input(int index) {
        return inputs.get(index);
    }

    public Tensor input(String name) {
        return named(inputs, name, "input");
    }

    public Tensor output(int index) {
        return outputs.get(index);
    }

    public Tensor output(String name) {
        return named(outputs, name, "output");
    }

    /** Whether the delegate that was asked for runs at least one operator of the model. */
    public boolean delegated() {
        return probe != null && probe.took();
    }

    /** Whether the delegate that was asked for cannot run the model, so that the slower builtin kernels do. */
    public boolean delegateMissing() {
        return options.delegate() == Delegate.XNNPACK && nativeDelegate == 0;
    }

    /** How many operators the builtin kernels run because there is no delegate, or it does not know them. */
    public int builtinOperators() {
        if (probe != null) {
            return probe.left();
        }
        return model.description().operators().stream()
                .mapToInt(ModelDescription.OperatorCount::count)
                .sum();
    }

    /** The named entry point with that key. */
    public Signature signature(String key) {
        enter();
        try {
            Signature known = signatures.get(key);
            return known == null ? openSignature(key) : known;
        } finally {
            exit();
        }
    }

    /** Changes the shape of an input; the tensors are allocated anew at their next use. */
    public void resizeInput(int index, int... shape) {
        requireShape(input(index), shape);
        resize(() -> TfLite.resize(handle, index, shape));
    }

    /** Runs the model on what the inputs hold. */
    public void invoke() {
        invoke(null);
    }

    /** Puts the state that a recurrent model keeps from run to run back to its beginning. */
    public void resetState() {
        enter();
        try {
            allocateIfNeeded();
            check(TfLite.resetVariables(handle), "its state cannot be reset");
        } finally {
            exit();
        }
    }

    /** Frees all native memory. Closing twice does nothing. */
    @Override
    public void close() {
        if (state.get() == CLOSED) {
            return;
        }
        if (!state.compareAndSet(OPEN, CLOSED)) {
            throw new IllegalStateException(model.name() + ": the interpreter is running on another thread");
        }
        free("the interpreter is closed");
    }

    static Tensor named(List<Tensor> tensors, String name, String what) {
        for (Tensor tensor : tensors) {
            if (tensor.name().equals(name)) {
                return tensor;
            }
        }
        throw new IllegalArgumentException("There is no " + what + " '" + name + "', only "
                + tensors.stream().map(Tensor::name).toList());
    }

    static void requireShape(Tensor tensor, int[] shape) {
        long elements = 1;
        for (int dimension : shape) {
            elements = dimension < 1 ? -1 : elements * dimension;
            if (elements < 0 || tensor.type().bytesOf(elements) > Limits.MAX_TENSOR_BYTES) {
                throw new IllegalArgumentException("Tensor '" + tensor.name() + "' cannot have the shape "
                        + Arrays.toString(shape) + ": dimensions are at least 1, and a tensor has at most "
                        + Limits.MAX_TENSOR_BYTES + " bytes");
            }
        }
        if (shape.length > Limits.MAX_RANK) {
            throw new IllegalArgumentException("Tensor '" + tensor.name() + "' cannot have " + shape.length
                    + " dimensions, at most " + Limits.MAX_RANK);
        }
    }

    /** The native interpreter, for the benchmark beside this class. */
    long nativeHandle() {
        return handle;
    }

    TensorSource source(LongSupplier handleOf) {
        return new TensorSource() {
            @Override
            public long handle() {
                return handleOf.getAsLong();
            }

            @Override
            public void prepare() {
                enter();
                try {
                    allocateIfNeeded();
                } finally {
                    exit();
                }
            }
        };
    }

    void resize(IntSupplier nativeResize) {
        enter();
        try {
            endGeneration("not allocated after resizing");
            allocated = false;
            dynamic = false;
            check(nativeResize.getAsInt(), "the input cannot be resized");
        } finally {
            exit();
        }
    }

    void invoke(@Nullable Signature signature) {
        enter();
        try {
            allocateIfNeeded();
            if (dynamic) {
                endGeneration("the last run failed");
            }
            int status = signature == null ? TfLite.invoke(handle) : signature.run();
            if (dynamic || !isCurrent()) {
                dynamic = true;
                renewGeneration();
            }
            if (status != TfLite.OK) {
                throw new ModelException(
                        ModelException.Category.TRANSIENT,
                        model.name() + ": the run failed: " + said(),
                        "Check the values and shapes of the inputs.");
            }
        } finally {
            exit();
        }
    }

    private void enter() {
        if (!state.compareAndSet(OPEN, BUSY)) {
            throw new IllegalStateException(model.name()
                    + (state.get() == CLOSED
                            ? ": the interpreter is closed"
                            : ": the interpreter is running on another thread"));
        }
    }

    private void exit() {
        state.set(OPEN);
    }

    /** If the delegate cannot run the model, the builtin kernels do; {@link #delegated} tells. */
    private void build() {
        boolean wanted = options.delegate() == Delegate.XNNPACK;
        boolean delegating = wanted && !model.isWasteful();
        String reason = tryBuild(delegating);
        if (!reason.isEmpty() && delegating) {
            reason = rebuildWithoutDelegate();
        }
        if (!reason.isEmpty()) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    model.name() + ": " + reason,
                    "Convert the model again with TensorFlow Lite's converter, or use another model.");
        }
        if (wanted && nativeDelegate == 0) {
            LOG.warn("{}: XNNPACK cannot run this model, so the slower builtin kernels do", model.name());
        }
        renewGeneration();
        allocated = true;
        dynamic = !isCurrent();
    }

    private String rebuildWithoutDelegate() {
        free("being rebuilt");
        arena = Arena.ofShared();
        messages = new NativeMessages(arena);
        return tryBuild(false);
    }

    /** Why it did not work, or an empty text. */
    private String tryBuild(boolean withDelegate) {
        nativeModel = TfLite.modelCreate(model.bytes().address(), model.sizeBytes(), messages.reporter());
        if (nativeModel == 0) {
            return "the file is damaged: " + said();
        }
        nativeOptions = TfLite.optionsCreate();
        TfLite.optionsReporter(nativeOptions, messages.reporter());
        TfLite.optionsThreads(nativeOptions, options.threads());
        if (withDelegate) {
            nativeDelegate = TfLite.xnnpackCreate(options.threads());
            if (nativeDelegate == 0) {
                return "XNNPACK cannot be used on this machine: " + said();
            }
            probe = new DelegateProbe(nativeDelegate, arena);
            TfLite.optionsDelegate(nativeOptions, nativeDelegate);
        }
        handle = TfLite.create(nativeModel, nativeOptions);
        if (handle == 0) {
            return "no interpreter can be made of it: " + said();
        }
        return TfLite.allocate(handle) == TfLite.OK ? "" : "its tensors cannot be allocated: " + said();
    }

    private String said() {
        String text = messages.take();
        return text.isEmpty() ? "the native library gives no reason" : text;
    }

    private void check(int status, String what) {
        if (status != TfLite.OK) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    model.name() + ": " + what + ": " + said(),
                    "Check the shapes with 'fulmar model inspect'.");
        }
    }

    private void allocateIfNeeded() {
        if (allocated) {
            return;
        }
        check(TfLite.allocate(handle), "its tensors cannot be allocated");
        for (Signature signature : signatures.values()) {
            if (signature.subgraph() != 0) {
                check(signature.allocate(), "the tensors of signature '" + signature.key() + "' cannot be allocated");
            }
        }
        renewGeneration();
        allocated = true;
        dynamic = !isCurrent();
    }

    private Signature openSignature(String key) {
        SignatureDescription description = model.description().signatures().stream()
                .filter(signature -> signature.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(model.name() + " has no signature '" + key + "', only "
                        + model.description().signatures().stream()
                                .map(SignatureDescription::key)
                                .toList()));
        allocateIfNeeded();
        Arena names = Arena.ofShared();
        long runner = TfLite.runner(handle, names.allocateFrom(key).address());
        if (runner == 0) {
            names.close();
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    model.name() + ": signature '" + key + "' cannot be used: " + said(),
                    "Convert the model again with TensorFlow Lite's converter, or use another model.");
        }
        Signature signature = new Signature(this, description, runner, names);
        signatures.put(key, signature);
        tensors = Stream.of(List.of(tensors), signature.inputs(), signature.outputs())
                .flatMap(List::stream)
                .toArray(Tensor[]::new);
        if (signature.subgraph() != 0) {
            check(signature.allocate(), "the tensors of signature '" + key + "' cannot be allocated");
        }
        renewGeneration();
        dynamic = !isCurrent();
        return signature;
    }

    private boolean isCurrent() {
        for (Tensor tensor : tensors) {
            if (!tensor.isCurrent()) {
                return false;
            }
        }
        return true;
    }

    private void endGeneration(String why) {
        if (generation != null) {
            for (Tensor tensor : tensors) {
                tensor.detach(why);
            }
            generation.end();
            generation = null;
        }
    }

    private void renewGeneration() {
        endGeneration("the last allocation failed");
        Generation next = new Generation();
        generation = next;
        for (Tensor tensor : tensors) {
            tensor.attach(next);
        }
    }

    /** Views first, then what the native parts need of each other: interpreter, delegate, options, model. */
    private void free(String why) {
        try {
            endGeneration(why);
            signatures.values().forEach(Signature::delete);
            signatures.clear();
            freeNative();
            arena.close();
        } finally {
            Reference.reachabilityFence(model);
        }
    }

    private void freeNative() {
        if (handle != 0) {
            TfLite.delete(handle);
        }
        if (nativeDelegate != 0) {
            TfLite.xnnpackDelete(nativeDelegate);
        }
        if (nativeOptions != 0) {
            TfLite.optionsDelete(nativeOptions);
        }
        if (nativeModel != 0) {
            TfLite.modelDelete(nativeModel);
        }
        handle = 0;
        nativeDelegate = 0;
        nativeOptions = 0;
        nativeModel = 0;
        probe = null;
    }
}
