package io.fulmar.agent.api.oip;

import io.fulmar.agent.api.oip.InferRequest.WantedOutput;
import io.fulmar.agent.api.serve.Loaded;
import io.fulmar.agent.api.serve.ModelFacts;
import io.fulmar.agent.api.serve.ModelFacts.TensorFacts;
import io.fulmar.agent.api.serve.ServeException;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.Tensor;
import io.fulmar.model.tflite.TensorType;
import io.fulmar.sync.wire.ModelRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** One request on one model: as many runs as it brings inputs one after the other. Owned by the thread that runs it. */
final class Inference {
    private final InferRequest request;
    private final Loaded model;
    private final ModelFacts facts;

    /** What came out of it, of which release. Immutable. */
    record Result(ModelRef ref, List<Output> outputs) {
        Result {
            outputs = List.copyOf(outputs);
        }
    }

    /** An output, with what the caller wants of it. Immutable. */
    record Output(TensorData data, WantedOutput wanted, List<String> labels) {
        Output {
            labels = List.copyOf(labels);
        }
    }

    /** What of an output has come so far. */
    private static final class Collected {
        private final WantedOutput wanted;
        private final int index;
        private final TensorType type;
        private byte[] bytes = {};
        private int[] shape = {};

        Collected(WantedOutput wanted, int index, TensorType type) {
            this.wanted = wanted;
            this.index = index;
            this.type = type;
        }
    }

    private Inference(InferRequest request, Loaded model) {
        this.request = request;
        this.model = model;
        this.facts = model.facts();
    }

    static Result run(InferRequest request, Loaded model, @Nullable String version) throws ServeException {
        if (version != null && !version.equals(model.facts().ref().version())) {
            throw new ServeException(
                    ServeException.Kind.UNKNOWN,
                    "model " + model.facts().ref().name() + " has no version '" + version + "' here, only "
                            + model.facts().ref().version());
        }
        return new Inference(request, model).run();
    }

    private Result run() throws ServeException {
        List<TensorData> inputs = inputs();
        int batch = batch(inputs);
        List<Collected> outputs = outputs();
        Interpreter interpreter = model.model().interpreter();
        for (int run = 0; run < batch; run++) {
            CRC32C digest = new CRC32C();
            for (int i = 0; i < inputs.size(); i++) {
                TensorData data = inputs.get(i);
                int length = data.length() / batch;
                int from = data.from() + run * length;
                digest.update(data.bytes(), from, length);
                interpreter.input(i).writeRaw(Arrays.copyOfRange(data.bytes(), from, from + length));
            }
            model.invoke(digest.getValue());
            for (Collected output : outputs) {
                collect(interpreter.output(output.index), output, run, batch);
            }
        }
        return new Result(
                facts.ref(),
                outputs.stream().map(output -> output(output, batch)).toList());
    }

    // ---- in

    /** In the model's order. */
    private List<TensorData> inputs() throws ServeException {
        List<TensorData> inputs = new ArrayList<>();
        for (TensorFacts wanted : facts.inputs()) {
            List<TensorData> given = request.inputs().stream()
                    .filter(it -> it.name().equals(wanted.name()))
                    .toList();
            if (given.size() != 1) {
                throw unsuitable("input " + wanted.name() + (given.isEmpty() ? " is missing" : " is there twice")
                        + "; the model has " + names(facts.inputs()));
            }
            DataType type = DataType.of(wanted.type());
            if (!wanted.type().isSupported()) {
                throw unsuitable("inputs of " + wanted.type().text() + " are not supported");
            }
            if (given.getFirst().type() != type) {
                throw unsuitable("input " + wanted.name() + " is " + type + ", not "
                        + given.getFirst().type());
            }
            inputs.add(given.getFirst());
        }
        if (inputs.size() < request.inputs().size()) {
            throw unsuitable("the model has no other inputs than " + names(facts.inputs()));
        }
        return inputs;
    }

    private static String names(List<TensorFacts> tensors) {
        return String.join(", ", tensors.stream().map(TensorFacts::name).toList());
    }

    private int batch(List<TensorData> inputs) throws ServeException {
        int batch = facts.batches() ? Math.toIntExact(first(inputs.getFirst())) : 1;
        if (batch < 1 || batch > Limits.BATCH) {
            throw unsuitable("1 to " + Limits.BATCH + " inputs can be given at once, not " + batch);
        }
        for (int i = 0; i < inputs.size(); i++) {
            TensorFacts wanted = facts.inputs().get(i);
            List<Long> shape = new ArrayList<>();
            wanted.shape().forEach(it -> shape.add((long) it));
            if (facts.batches()) {
                shape.set(0, (long) batch);
            }
            if (!shape.equals(inputs.get(i).shape())) {
                throw unsuitable("input " + wanted.name() + " has the shape "
                        + (facts.batches() ? "[-1" + wanted.shape().toString().substring(2) : wanted.shape())
                        + ", not " + inputs.get(i).shape());
            }
        }
        return batch;
    }

    private static long first(TensorData input) {
        return input.shape().isEmpty() ? 1 : input.shape().getFirst();
    }

    // ---- out

    private List<Collected> outputs() throws ServeException {
        List<WantedOutput> wanted = request.outputs().isEmpty()
                ? facts.outputs().stream()
                        .map(it -> new WantedOutput(it.name(), null, 0))
                        .toList()
                : request.outputs();
        List<Collected> outputs = new ArrayList<>();
        for (WantedOutput one : wanted) {
            int index = facts.outputs().stream().map(TensorFacts::name).toList().indexOf(one.name());
            if (index < 0) {
                throw unsuitable("there is no output " + one.name() + "; the model has " + names(facts.outputs()));
            }
            TensorType type = facts.outputs().get(index).type();
            if (!type.isSupported()) {
                throw unsuitable("outputs of " + type.text() + " are not supported");
            }
            outputs.add(new Collected(one, index, type));
        }
        return outputs;
    }

    private void collect(Tensor tensor, Collected output, int run, int batch) throws ServeException {
        int[] shape = tensor.shape();
        int length = Math.toIntExact(tensor.byteSize());
        if (run == 0) {
            requireFits((long) length * batch, output);
            output.shape = shape;
            output.bytes = new byte[length * batch];
        } else if (!Arrays.equals(shape, output.shape)) {
            throw unsuitable("the outputs of these inputs have different shapes; send one input at a time");
        }
        byte[] raw = new byte[length];
        tensor.readRaw(raw);
        System.arraycopy(raw, 0, output.bytes, run * length, length);
    }

    private void requireFits(long bytes, Collected output) throws ServeException {
        long most =
                isBinary(output.wanted) || output.wanted.classes() > 0 ? Limits.OUTPUT_BYTES : Limits.OUTPUT_JSON_BYTES;
        if (bytes > most) {
            throw unsuitable("output " + output.wanted.name() + " has " + bytes + " bytes, more than the " + most
                    + " of an answer" + (most == Limits.OUTPUT_BYTES ? "" : " in JSON; ask for it as binary data"));
        }
    }

    private boolean isBinary(WantedOutput output) {
        return output.binary() == null ? request.binary() : output.binary();
    }

    private Output output(Collected output, int batch) {
        List<Long> shape = new ArrayList<>();
        for (int dimension : output.shape) {
            shape.add((long) dimension);
        }
        if (facts.batches()) {
            shape.set(0, (long) batch);
        }
        TensorData data = new TensorData(
                output.wanted.name(), DataType.of(output.type), shape, output.bytes, 0, output.bytes.length);
        WantedOutput wanted = new WantedOutput(output.wanted.name(), isBinary(output.wanted), output.wanted.classes());
        return new Output(data, wanted, facts.labels());
    }

    private static ServeException unsuitable(String message) {
        return new ServeException(ServeException.Kind.UNSUITABLE, message);
    }
}
