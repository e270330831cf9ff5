package io.fulmar.model.tflite;

import java.util.List;

/**
 * What a model file says about itself, read without running it.
 *
 * <p>Immutable.
 *
 * @param schemaVersion the version of the file format, always 3
 * @param text the description that the converter wrote, often empty
 * @param inputs what {@link Interpreter#inputs} will have, in that order
 * @param outputs what {@link Interpreter#outputs} will have, in that order
 * @param operators each operator that the model uses, most frequent first
 * @param signatures the named entry points
 * @param metadata the names of the blocks of metadata in the file
 * @param minimumRuntime the oldest TensorFlow Lite that has all operators, as the converter wrote it; empty if it did not
 * @param subgraphs how many graphs the file has; the first one is what an interpreter runs
 */
public record ModelDescription(
        int schemaVersion,
        String text,
        List<TensorDescription> inputs,
        List<TensorDescription> outputs,
        List<OperatorCount> operators,
        List<SignatureDescription> signatures,
        List<MetadataEntry> metadata,
        String minimumRuntime,
        int subgraphs) {

    public ModelDescription {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        operators = List.copyOf(operators);
        signatures = List.copyOf(signatures);
        metadata = List.copyOf(metadata);
    }

    /** How often an operator occurs in all subgraphs, and the newest version of it that occurs. Immutable. */
    public record OperatorCount(String name, int version, int count) {}

    /** A block of metadata. Immutable. */
    public record MetadataEntry(String name, long bytes) {}

    /** A named entry point; the tensors have the names that the signature gives them. Immutable. */
    public record SignatureDescription(
            String key, int subgraph, List<TensorDescription> inputs, List<TensorDescription> outputs) {

        public SignatureDescription {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }
}
