package io.fulmar.model.tflite;

import io.fulmar.model.tflite.ModelDescription.MetadataEntry;
import io.fulmar.model.tflite.ModelDescription.OperatorCount;
import io.fulmar.model.tflite.ModelDescription.SignatureDescription;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a model file into a {@link ModelDescription} and refuses what native code could stumble over.
 *
 * <p>TensorFlow Lite checks that a file is a well-formed flatbuffer, but not that what it says makes sense: an index out
 * of range, a tensor larger than its buffer or an operator that reads what nobody wrote ends the process there.
 *
 * <p>Confined to the call that reads a model.
 */
final class ModelParser {
    private static final String CONVERT_AGAIN =
            "Convert the model again with TensorFlow Lite's converter, or use another model.";

    private static final String IDENTIFIER = "TFL3";
    private static final int IDENTIFIER_AT = 4;
    private static final int SCHEMA_VERSION = 3;
    private static final String MINIMUM_RUNTIME = "min_runtime_version";

    /** Up to this value, the offset of a buffer means that its data is inside the flatbuffer. */
    private static final long NO_EXTERNAL_DATA = 1;

    private final FlatBuffer buffer;
    private final String file;
    private final List<MemorySegment> data = new ArrayList<>();
    private final List<Operators.Code> codes = new ArrayList<>();
    private final List<Graph> graphs = new ArrayList<>();
    private final MemorySegment bytes;

    private ModelParser(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
        this.buffer = new FlatBuffer(bytes, file);
    }

    /**
     * What a file was found to be. Immutable.
     *
     * @param wasteful whether an operator computes what nothing reads: XNNPACK fails an assertion over it
     */
    record Parsed(ModelDescription description, boolean wasteful) {}

    static Parsed parse(String file, MemorySegment bytes) {
        return new ModelParser(file, bytes).model();
    }

    private Parsed model() {
        requireIdentifier();
        FlatBuffer.Table model = buffer.root();
        int version = model.intField(0, 0, "the version");
        if (version != SCHEMA_VERSION) {
            throw refused("has version " + version + " of the file format, not " + SCHEMA_VERSION);
        }
        readBuffers(model.vector(4, 4, "the list of buffers").atMost(Limits.MAX_BUFFERS));
        readCodes(model.vector(1, 4, "the list of operator codes").atMost(Limits.MAX_OPERATORS));
        FlatBuffer.Vector subgraphs =
                model.vector(2, 4, "the list of subgraphs").atMost(Limits.MAX_SUBGRAPHS);
        if (subgraphs.length() == 0) {
            throw refused("has no subgraph, so there is nothing to run");
        }
        for (int i = 0; i < subgraphs.length(); i++) {
            graphs.add(graph(subgraphs.table(i, "subgraph"), i, subgraphs.length()));
        }
        requireResolvedOperators();
        requireNoRecursion();
        for (Graph graph : graphs) {
            requireOrder(graph);
        }
        Graph main = graphs.getFirst();
        requireComputedOutput(main);
        for (int i = 0; i < main.inputs.length; i++) {
            GraphTensor input = main.tensors.get(main.inputs[i]);
            if (input.isEmpty()) {
                throw refused("input " + i + " has the shape " + input.shape() + ", so it holds nothing");
            }
            requireUsable(input.description(), "input " + i);
        }
        for (int i = 0; i < main.outputs.length; i++) {
            requireUsable(main.tensors.get(main.outputs[i]).description(), "output " + i);
        }
        List<SignatureDescription> signatures =
                signatures(model.vector(7, 4, "the list of signatures").atMost(Limits.MAX_SIGNATURES));
        FlatBuffer.Vector metadata = model.vector(6, 4, "the list of metadata").atMost(Limits.MAX_METADATA);
        ModelDescription description = new ModelDescription(
                version,
                model.text(3, "the description"),
                main.describe(main.inputs),
                main.describe(main.outputs),
                countOperators(),
                signatures,
                metadata(metadata),
                minimumRuntime(metadata),
                graphs.size());
        return new Parsed(description, graphs.stream().anyMatch(Graph::isWasteful));
    }

    private ModelException refused(String why) {
        return new ModelException(ModelException.Category.PERMANENT, file + ": " + why, CONVERT_AGAIN);
    }

    private void requireIdentifier() {
        if (bytes.byteSize() < IDENTIFIER_AT + IDENTIFIER.length()) {
            throw notAModel("it has only " + bytes.byteSize() + " bytes");
        }
        for (int i = 0; i < IDENTIFIER.length(); i++) {
            if (buffer.byteAt(IDENTIFIER_AT + i, "the identifier") != IDENTIFIER.charAt(i)) {
                throw notAModel("bytes 4 to 7 are not '" + IDENTIFIER + "'");
            }
        }
    }

    private ModelException notAModel(String why) {
        return new ModelException(
                ModelException.Category.PERMANENT,
                file + ": not a TensorFlow Lite model: " + why,
                "Give a .tflite file, as TensorFlow Lite's converter writes it.");
    }

    private void readBuffers(FlatBuffer.Vector buffers) {
        for (int i = 0; i < buffers.length(); i++) {
            FlatBuffer.Table table = buffers.table(i, "buffer");
            long offset = table.longField(1, 0, "its offset");
            long size = table.longField(2, 0, "its size");
            if (offset > NO_EXTERNAL_DATA || offset < 0) {
                if (offset < 0 || size < 0 || offset > bytes.byteSize() - size || size > bytes.byteSize()) {
                    throw buffer.malformed("buffer " + i + " of " + size + " bytes at byte " + offset
                            + " reaches beyond the end of the file (" + bytes.byteSize() + " bytes)");
                }
                data.add(bytes.asSlice(offset, size));
            } else {
                FlatBuffer.Vector content = table.vector(0, 1, "its data");
                data.add(bytes.asSlice(content.position(), content.length()));
            }
        }
    }

    private void readCodes(FlatBuffer.Vector operatorCodes) {
        for (int i = 0; i < operatorCodes.length(); i++) {
            FlatBuffer.Table table = operatorCodes.table(i, "operator code");
            int code = Math.max(table.byteField(0, 0, "its old code"), table.intField(3, 0, "its code"));
            int version = table.intField(2, 1, "its version");
            if (!Operators.isKnown(code)) {
                throw ModelException.missingOperator(
                        file + ": operator code " + i + " is " + code + ", which no version up to 2.20 knows",
                        CONVERT_AGAIN);
            }
            codes.add(new Operators.Code(code, table.text(1, "its custom code"), version));
        }
    }

    private Graph graph(FlatBuffer.Table table, int index, int graphCount) {
        Graph graph = new Graph("subgraph " + index);
        FlatBuffer.Vector tensors = table.vector(0, 4, "its tensors").atMost(Limits.MAX_TENSORS);
        long activationBytes = 0;
        for (int i = 0; i < tensors.length(); i++) {
            GraphTensor tensor = tensor(tensors.table(i, "tensor"), graph.name + ", tensor " + i);
            graph.tensors.add(tensor);
            activationBytes += tensor.constant() ? 0 : tensor.description().byteSize();
        }
        if (activationBytes > Limits.MAX_ACTIVATION_BYTES) {
            throw refused(graph.name + " needs " + activationBytes + " bytes for its tensors, more than "
                    + Limits.MAX_ACTIVATION_BYTES);
        }
        graph.inputs = indices(table.vector(1, 4, "its inputs"), graph, "input", false);
        graph.outputs = indices(table.vector(2, 4, "its outputs"), graph, "output", false);
        FlatBuffer.Vector operators = table.vector(3, 4, "its operators").atMost(Limits.MAX_OPERATORS);
        for (int i = 0; i < operators.length(); i++) {
            graph.operators.add(operator(operators.table(i, "operator"), graph, i, graphCount));
        }
        return graph;
    }

    private GraphTensor tensor(FlatBuffer.Table table, String where) {
        String name = table.text(3, "its name");
        String known = name.isEmpty() ? where : where + " '" + name + "'";
        TensorType type = TensorType.ofSchema(table.byteField(1, 0, "its type"), file + ": " + known);
        int[] shape = table.vector(0, 4, "its shape").atMost(Limits.MAX_RANK).ints();
        int[] shapeSignature = table.vector(7, 4, "its shape signature")
                .atMost(Limits.MAX_RANK)
                .ints();
        long byteSize = byteSize(shape, type, known);
        requireShapeSignature(shape, shapeSignature, known);
        if (table.has(6, "its sparsity")) {
            throw refused(known + " is sparse, which this runtime does not support");
        }
        int bufferIndex = table.intField(2, 0, "its buffer");
        if (bufferIndex < 0 || bufferIndex >= Math.max(1, data.size())) {
            throw refused(known + " refers to buffer " + Integer.toUnsignedString(bufferIndex) + " of " + data.size());
        }
        boolean constant = bufferIndex > 0 && data.get(bufferIndex).byteSize() > 0;
        if (constant) {
            requireContent(type, byteSize, data.get(bufferIndex), known);
        }
        Quantization quantization = quantization(table.tableField(4, "its quantization"), shape, type, constant, known);
        return new GraphTensor(
                new TensorDescription(
                        name,
                        type,
                        boxed(shape),
                        boxed(shapeSignature.length == 0 ? shape : shapeSignature),
                        quantization,
                        byteSize),
                constant,
                table.byteField(5, 0, "is variable") != 0);
    }

    private long byteSize(int[] shape, TensorType type, String known) {
        long elements = 1;
        for (int dimension : shape) {
            if (dimension < 0) {
                throw refused(known + " has a dimension of " + dimension);
            }
            elements *= dimension;
            if (type.bytesOf(elements) > Limits.MAX_TENSOR_BYTES || elements > Limits.MAX_TENSOR_BYTES) {
                throw refused(known + " of type " + type.text() + " and shape " + Arrays.toString(shape)
                        + " is absurdly large: more than " + Limits.MAX_TENSOR_BYTES + " bytes");
            }
        }
        return type.bytesOf(elements);
    }

    private void requireShapeSignature(int[] shape, int[] signature, String known) {
        if (signature.length == 0) {
            return;
        }
        boolean fits = signature.length == shape.length;
        for (int i = 0; fits && i < shape.length; i++) {
            fits = signature[i] == -1 || signature[i] == shape[i];
        }
        if (!fits) {
            throw refused(known + " has the shape " + Arrays.toString(shape) + ", which contradicts its signature "
                    + Arrays.toString(signature));
        }
    }

    private void requireContent(TensorType type, long byteSize, MemorySegment content, String known) {
        if (type == TensorType.STRING) {
            requireStrings(content, known);
        } else if (type.byteSize() == 0 && type != TensorType.INT4) {
            throw refused(known + " of type " + type.text() + " cannot have content");
        } else if (byteSize != content.byteSize()) {
            throw refused(known + " needs " + byteSize + " bytes, but its buffer has " + content.byteSize());
        }
    }

    /** Strings are stored as their count, the start of each and the end of the last, then the characters. */
    private void requireStrings(MemorySegment content, String known) {
        FlatBuffer strings = new FlatBuffer(content, file + ": " + known);
        int count = strings.intAt(0, "the count of strings");
        long header = (count + 2L) * Integer.BYTES;
        if (count < 0 || header > content.byteSize()) {
            throw refused(known + " claims " + count + " strings in " + content.byteSize() + " bytes");
        }
        long previous = header;
        for (int i = 0; i <= count; i++) {
            int start = strings.intAt((i + 1L) * Integer.BYTES, "the start of a string");
            if (start < previous || start > content.byteSize() || (i == 0 && start != header)) {
                throw refused(known + " has string " + i + " at byte " + start + " of " + content.byteSize());
            }
            previous = start;
        }
    }

    private Quantization quantization(
            FlatBuffer.@Nullable Table table, int[] shape, TensorType type, boolean constant, String known) {
        if (table == null) {
            return Quantization.NONE;
        }
        if (table.byteField(4, 0, "the type of its details") != 0) {
            throw refused(known + " has a custom quantization, which this runtime does not support");
        }
        float[] scales = table.vector(2, 4, "its scales").floats();
        long[] zeroPoints = table.vector(3, 8, "its zero points").longs();
        int dimension = table.intField(6, 0, "its quantized dimension");
        if (scales.length == 0) {
            return Quantization.NONE;
        }
        if (scales.length != zeroPoints.length) {
            throw refused(known + " has " + scales.length + " scales, but " + zeroPoints.length + " zero points");
        }
        if (scales.length > 1 && (dimension < 0 || dimension >= shape.length || shape[dimension] != scales.length)) {
            throw refused(known + " has " + scales.length + " scales, which do not fit dimension " + dimension
                    + " of its shape " + Arrays.toString(shape));
        }
        int[] narrow = new int[zeroPoints.length];
        for (int i = 0; i < scales.length; i++) {
            if (!(scales[i] > 0 || (constant && scales[i] == 0)) || Float.isInfinite(scales[i])) {
                throw refused(known + " has the scale " + scales[i]);
            }
            if (!Operators.isZeroPoint(type, zeroPoints[i])) {
                throw refused(known + " has the zero point " + zeroPoints[i] + ", which its type " + type.text()
                        + " cannot hold");
            }
            narrow[i] = (int) zeroPoints[i];
        }
        return new Quantization(scales, narrow, scales.length > 1 ? dimension : 0);
    }

    private int[] indices(FlatBuffer.Vector vector, Graph graph, String what, boolean optional) {
        int[] indices = vector.ints();
        for (int index : indices) {
            if (index >= graph.tensors.size() || index < (optional ? -1 : 0)) {
                throw refused(graph.name + ": an " + what + " is tensor " + index + " of " + graph.tensors.size());
            }
        }
        return indices;
    }

    private GraphOperator operator(FlatBuffer.Table table, Graph graph, int index, int graphCount) {
        int codeIndex = table.intField(0, 0, "its operator code");
        if (codeIndex < 0 || codeIndex >= codes.size()) {
            throw refused(graph.name + ", operator " + index + " refers to operator code "
                    + Integer.toUnsignedString(codeIndex) + " of " + codes.size());
        }
        Operators.Code code = codes.get(codeIndex);
        String where = graph.name + ", operator " + index + " (" + code.name() + ")";
        int[] inputs = indices(table.vector(1, 4, "its inputs"), graph, "input of operator " + index, true);
        int[] outputs = indices(table.vector(2, 4, "its outputs"), graph, "output of operator " + index, false);
        indices(table.vector(8, 4, "its intermediates"), graph, "intermediate of operator " + index, true);
        if (table.longField(9, 0, "its large options") > NO_EXTERNAL_DATA) {
            long at = table.longField(9, 0, "its large options");
            long size = table.longField(10, 0, "the size of its large options");
            if (size < 0 || size > bytes.byteSize() || at > bytes.byteSize() - size) {
                throw refused(where + " has options beyond the end of the file");
            }
        }
        int[] calls = Operators.called(code, table);
        for (int called : calls) {
            if (called < 0 || called >= graphCount) {
                throw refused(where + " calls subgraph " + called + " of " + graphCount);
            }
        }
        OperatorRules rules = new OperatorRules(
                code.builtin(), table.tableField(4, "its options"), graph.tensorsAt(inputs), graph.written(outputs));
        String fault = rules.fault();
        if (!fault.isEmpty()) {
            throw refused(where + " " + fault);
        }
        return new GraphOperator(code, inputs, outputs, calls, where);
    }

    private void requireResolvedOperators() {
        TreeSet<String> flex = new TreeSet<>();
        TreeSet<String> custom = new TreeSet<>();
        for (Graph graph : graphs) {
            for (GraphOperator operator : graph.operators) {
                if (operator.code.isFlex()) {
                    flex.add(operator.code.name());
                } else if (operator.code.isUnresolved()) {
                    custom.add(operator.code.name());
                }
            }
        }
        if (!flex.isEmpty()) {
            throw ModelException.missingOperator(
                    file + ": needs operators of full TensorFlow (Flex), which this runtime does not have: "
                            + String.join(", ", flex),
                    "Convert the model with builtin operators only (supported_ops = [TFLITE_BUILTINS]).");
        }
        if (!custom.isEmpty()) {
            throw ModelException.missingOperator(
                    file + ": needs custom operators that this runtime does not have: " + String.join(", ", custom),
                    "Convert the model without them (allow_custom_ops = False).");
        }
    }

    /** Native code would call itself until the stack ends. */
    private void requireNoRecursion() {
        int[] state = new int[graphs.size()];
        for (int i = 0; i < state.length; i++) {
            visit(i, state);
        }
    }

    private void visit(int graph, int[] state) {
        if (state[graph] == 1) {
            throw refused("subgraph " + graph + " calls itself");
        }
        if (state[graph] == 0) {
            state[graph] = 1;
            for (GraphOperator operator : graphs.get(graph).operators) {
                for (int called : operator.calls) {
                    visit(called, state);
                }
            }
            state[graph] = 2;
        }
    }

    /** Each operator reads only what an earlier one, the caller or the file wrote. */
    private void requireOrder(Graph graph) {
        boolean[] written = new boolean[graph.tensors.size()];
        boolean[] fixed = new boolean[graph.tensors.size()];
        for (int i = 0; i < written.length; i++) {
            GraphTensor tensor = graph.tensors.get(i);
            written[i] = tensor.constant() || tensor.variable() || tensor.isEmpty();
            fixed[i] = tensor.constant() || tensor.variable();
        }
        for (int input : graph.inputs) {
            if (graph.tensors.get(input).constant()) {
                throw refused(graph.name + ": input tensor " + input + " is a constant of the file");
            }
            written[input] = true;
            fixed[input] = true;
        }
        for (GraphOperator operator : graph.operators) {
            for (int input : operator.inputs) {
                if (input >= 0 && !written[input]) {
                    throw refused(operator.where + " reads tensor " + input + " before anything wrote it");
                }
            }
            for (int output : operator.outputs) {
                if (fixed[output]) {
                    throw refused(operator.where + " writes tensor " + output
                            + ", which is an input, a constant, a variable or the output of another operator");
                }
                written[output] = true;
                fixed[output] = true;
            }
        }
        for (int output : graph.outputs) {
            if (!written[output]) {
                throw refused(graph.name + ": nothing writes the output tensor " + output);
            }
            if (graph.tensors.get(output).constant()) {
                throw refused(graph.name + ": output tensor " + output + " is a constant of the file");
            }
        }
    }

    /** A delegate fails an assertion if nothing that it computes is asked for. */
    private void requireComputedOutput(Graph graph) {
        boolean computed = graph.operators.stream()
                .flatMapToInt(operator -> IntStream.of(operator.outputs))
                .anyMatch(output -> IntStream.of(graph.outputs).anyMatch(wanted -> wanted == output));
        if (!computed) {
            throw refused("no output is computed by an operator");
        }
    }

    private void requireUsable(TensorDescription tensor, String what) {
        if (!tensor.type().isSupported()) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    file + ": " + what + " '" + tensor.name() + "' is of type "
                            + tensor.type().text() + ", which this runtime cannot read or write",
                    "Use a model whose inputs and outputs are numbers or bool.");
        }
    }

    private List<SignatureDescription> signatures(FlatBuffer.Vector vector) {
        List<SignatureDescription> signatures = new ArrayList<>();
        TreeSet<String> keys = new TreeSet<>();
        for (int i = 0; i < vector.length(); i++) {
            FlatBuffer.Table table = vector.table(i, "signature");
            String key = table.text(2, "its key");
            int subgraph = table.intField(4, 0, "its subgraph");
            if (subgraph < 0 || subgraph >= graphs.size()) {
                throw refused("signature '" + key + "' refers to subgraph " + Integer.toUnsignedString(subgraph)
                        + " of " + graphs.size());
            }
            if (!keys.add(key)) {
                throw refused("has two signatures '" + key + "'");
            }
            Graph graph = graphs.get(subgraph);
            signatures.add(new SignatureDescription(
                    key,
                    subgraph,
                    named(table.vector(0, 4, "its inputs"), graph, key, graph.inputs),
                    named(table.vector(1, 4, "its outputs"), graph, key, graph.outputs)));
        }
        return signatures;
    }

    private List<TensorDescription> named(FlatBuffer.Vector map, Graph graph, String key, int[] ends) {
        map.atMost(Limits.MAX_TENSORS);
        TreeSet<String> names = new TreeSet<>();
        List<TensorDescription> tensors = new ArrayList<>();
        for (int i = 0; i < map.length(); i++) {
            FlatBuffer.Table entry = map.table(i, "entry of signature '" + key + "'");
            String name = entry.text(0, "its name");
            int tensor = entry.intField(1, 0, "its tensor");
            if (IntStream.of(ends).noneMatch(end -> end == tensor) || !names.add(name)) {
                throw refused("signature '" + key + "' gives the name '" + name + "' to tensor "
                        + Integer.toUnsignedString(tensor) + ", which is twice or not an end of " + graph.name);
            }
            tensors.add(graph.tensors.get(tensor).description().named(name));
        }
        for (TensorDescription tensor : tensors) {
            requireUsable(tensor, "signature '" + key + "':");
        }
        return tensors;
    }

    private List<MetadataEntry> metadata(FlatBuffer.Vector vector) {
        List<MetadataEntry> entries = new ArrayList<>();
        for (int i = 0; i < vector.length(); i++) {
            FlatBuffer.Table table = vector.table(i, "metadata");
            entries.add(new MetadataEntry(
                    table.text(0, "its name"), metadataContent(table, i).byteSize()));
        }
        return entries;
    }

    private MemorySegment metadataContent(FlatBuffer.Table table, int index) {
        int bufferIndex = table.intField(1, 0, "its buffer");
        if (bufferIndex < 0 || bufferIndex >= data.size()) {
            throw refused("metadata " + index + " refers to buffer " + Integer.toUnsignedString(bufferIndex) + " of "
                    + data.size());
        }
        return data.get(bufferIndex);
    }

    private String minimumRuntime(FlatBuffer.Vector vector) {
        for (int i = 0; i < vector.length(); i++) {
            FlatBuffer.Table table = vector.table(i, "metadata");
            if (table.text(0, "its name").equals(MINIMUM_RUNTIME)) {
                byte[] text = metadataContent(table, i).toArray(ValueLayout.JAVA_BYTE);
                int end = 0;
                while (end < text.length && text[end] >= ' ' && text[end] < 0x7f) {
                    end++;
                }
                return new String(text, 0, end, StandardCharsets.US_ASCII);
            }
        }
        return "";
    }

    private List<OperatorCount> countOperators() {
        Map<String, OperatorCount> counts = new LinkedHashMap<>();
        for (Graph graph : graphs) {
            for (GraphOperator operator : graph.operators) {
                counts.merge(
                        operator.code.name(),
                        new OperatorCount(operator.code.name(), operator.code.version(), 1),
                        (a, b) ->
                                new OperatorCount(a.name(), Math.max(a.version(), b.version()), a.count() + b.count()));
            }
        }
        return counts.values().stream()
                .sorted(Comparator.comparingInt(OperatorCount::count).reversed().thenComparing(OperatorCount::name))
                .toList();
    }

    private static List<Integer> boxed(int[] values) {
        return IntStream.of(values).boxed().toList();
    }

    private static final class Graph {
        final String name;
        final List<GraphTensor> tensors = new ArrayList<>();
        final List<GraphOperator> operators = new ArrayList<>();
        int[] inputs = {};
        int[] outputs = {};

        Graph(String name) {
            this.name = name;
        }

        /** Null stands for an input that is left out. */
        List<@Nullable GraphTensor> tensorsAt(int[] indices) {
            List<@Nullable GraphTensor> found = new ArrayList<>();
            for (int index : indices) {
                found.add(index < 0 ? null : tensors.get(index));
            }
            return found;
        }

        List<GraphTensor> written(int[] indices) {
            return IntStream.of(indices).mapToObj(tensors::get).toList();
        }

        boolean isWasteful() {
            boolean[] read = new boolean[tensors.size()];
            IntStream.of(outputs).forEach(output -> read[output] = true);
            for (GraphOperator operator : operators) {
                IntStream.of(operator.inputs).filter(input -> input >= 0).forEach(input -> read[input] = true);
            }
            return operators.stream()
                    .anyMatch(operator -> IntStream.of(operator.outputs).noneMatch(output -> read[output]));
        }

        List<TensorDescription> describe(int[] indices) {
            return written(indices).stream().map(GraphTensor::description).toList();
        }
    }

    /** Arrays are never changed after construction. */
    private static final class GraphOperator {
        final Operators.Code code;
        final int[] inputs;
        final int[] outputs;
        final int[] calls;
        final String where;

        GraphOperator(Operators.Code code, int[] inputs, int[] outputs, int[] calls, String where) {
            this.code = code;
            this.inputs = inputs;
            this.outputs = outputs;
            this.calls = calls;
            this.where = where;
        }
    }
}
