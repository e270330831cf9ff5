package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code infer}: runs a model of the device on inputs that the command brings. The interpreter is its own, opened when it
 * is asked for and closed when nobody asks any more, so that no pipeline feels it. Owned by the command thread.
 */
public final class InferHandler implements CommandHandler {
    private final Supplier<List<ModelSettings>> models;
    private final OwnModel own;
    private final LongSupplier nanoClock;

    private record Request(ModelSettings settings, List<Given> inputs, boolean raw, int top) {}

    /** @param name of the tensor; null for the next in order */
    private record Given(@Nullable String name, Object values) {}

    public InferHandler(Supplier<List<ModelSettings>> models, ModelSource source, LongSupplier nanoClock) {
        this.models = models;
        this.own = new OwnModel(source, nanoClock);
        this.nanoClock = nanoClock;
    }

    @Override
    public Effect prepare(Arguments args) {
        Request request = new Request(
                OwnModel.named(models.get(), args.textOrNull("model")),
                inputs(args.value("input"), args.value("inputs")),
                args.flag("raw", false),
                args.wholeNumber("top", 0, Limits.TOP, Limits.TOP_USUAL));
        return () -> infer(request);
    }

    private static List<Given> inputs(@Nullable Object one, @Nullable Object several) {
        if ((one == null) == (several == null)) {
            throw new ArgumentException("give either 'input', for a model with one, or 'inputs'");
        }
        List<Given> given = new ArrayList<>();
        switch (several) {
            case null -> given.add(new Given(null, values(one)));
            case List<?> inOrder -> inOrder.forEach(values -> given.add(new Given(null, values(values))));
            case Map<?, ?> byName ->
                byName.forEach((name, values) -> given.add(new Given(String.valueOf(name), values(values))));
            default -> throw new ArgumentException("'inputs' is a list in the model's order, or an object by name");
        }
        return given;
    }

    static Object values(@Nullable Object values) {
        if (values instanceof String || values instanceof List) {
            return values;
        }
        throw new ArgumentException("an input is a list of numbers, or base64 of its bytes");
    }

    private CommandOutcome infer(Request request) {
        LoadedModel model;
        try {
            model = own.opened(request.settings());
        } catch (PipelineException e) {
            return new CommandOutcome.Failed(String.valueOf(e.getMessage()));
        }
        Interpreter interpreter = model.interpreter();
        long elements = Stream.concat(interpreter.inputs().stream(), interpreter.outputs().stream())
                .mapToLong(Tensor::elements)
                .sum();
        if (elements > Limits.TENSOR_ELEMENTS) {
            return new CommandOutcome.Failed("the model's tensors have " + elements
                    + " elements, too many for a command; let a pipeline run it");
        }
        try {
            fill(interpreter, request);
        } catch (ArgumentException e) {
            return new CommandOutcome.Failed(String.valueOf(e.getMessage()));
        }
        long start = nanoClock.getAsLong();
        interpreter.invoke();
        long end = nanoClock.getAsLong();
        return CommandOutcome.done(result(model, request, (end - start) / 1_000));
    }

    private static void fill(Interpreter interpreter, Request request) {
        List<Tensor> tensors = interpreter.inputs();
        if (request.inputs().size() != tensors.size()) {
            throw new ArgumentException("the model has the inputs " + names(tensors) + ", but "
                    + request.inputs().size() + " were given");
        }
        for (int i = 0; i < tensors.size(); i++) {
            Given given = request.inputs().get(i);
            TensorValues.write(named(tensors, given.name(), i), given.values(), request.raw());
        }
    }

    private static Tensor named(List<Tensor> tensors, @Nullable String name, int index) {
        if (name == null) {
            return tensors.get(index);
        }
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ArgumentException("the model has the inputs " + names(tensors)));
    }

    private static String names(List<Tensor> tensors) {
        return String.join(", ", tensors.stream().map(Tensor::name).toList());
    }

    private static Map<String, Object> result(LoadedModel model, Request request, long micros) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("model", model.ref().name());
        result.put("version", model.ref().version());
        result.put("sha256", model.ref().sha256());
        result.put("inferMicros", micros);
        List<Object> outputs = new ArrayList<>();
        for (Tensor output : model.interpreter().outputs()) {
            outputs.add(TensorValues.told(output, request.raw()));
        }
        result.put("outputs", outputs);
        Tensor first = model.interpreter().output(0);
        if (request.top() > 0 && !request.raw() && first.elements() > 1) {
            result.put("top", TensorValues.top(first, request.top(), model.labels()));
        }
        return result;
    }

    @Override
    public int work(long nowNanos) {
        return own.work(nowNanos);
    }

    @Override
    public void close() {
        own.close();
    }
}
