package io.fulmar.cli.model;

import io.fulmar.cli.FileFailure;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The raw bytes of a model's inputs, from files or standard input. */
final class RawInputs {
    private static final String STANDARD_INPUT = "-";

    private RawInputs() {}

    /** As many as the model has inputs, and at most one from standard input. */
    static void require(CommandSpec command, ModelFile model, List<String> inputs) {
        if (inputs.stream().filter(STANDARD_INPUT::equals).count() > 1) {
            throw new ParameterException(command.commandLine(), "--input: only one input can come from standard input");
        }
        int expected = model.description().inputs().size();
        if (inputs.size() != expected) {
            throw new ParameterException(
                    command.commandLine(),
                    "--input: the model has " + expected + " inputs, but " + inputs.size() + " were given");
        }
    }

    static void fill(Interpreter interpreter, List<String> inputs) {
        for (int i = 0; i < inputs.size(); i++) {
            fill(interpreter.input(i), i, inputs.get(i));
        }
    }

    private static void fill(Tensor input, int index, String source) {
        byte[] bytes = read(source, input.byteSize());
        if (bytes.length != input.byteSize()) {
            throw new ModelException(
                    ModelException.Category.PERMANENT,
                    (source.equals(STANDARD_INPUT) ? "standard input" : source) + ": input " + index + " '"
                            + input.name() + "' needs " + input.byteSize() + " bytes ("
                            + input.type().text() + Arrays.toString(input.shape()) + "), but got "
                            + (bytes.length > input.byteSize() ? "more" : bytes.length),
                    "Give the raw little-endian bytes of the tensor; see 'fulmar model inspect'.");
        }
        input.writeRaw(bytes);
    }

    /** At most one byte more than expected, so that an endless input ends. */
    private static byte[] read(String source, long expected) {
        int limit = (int) Math.min(Integer.MAX_VALUE - 8, expected + 1);
        try {
            if (source.equals(STANDARD_INPUT)) {
                return System.in.readNBytes(limit);
            }
            Path path = Path.of(source);
            if (Files.isRegularFile(path) && Files.size(path) != expected) {
                throw new ModelException(
                        ModelException.Category.PERMANENT,
                        source + ": the input needs " + expected + " bytes, but the file has " + Files.size(path),
                        "Give the raw little-endian bytes of the tensor; see 'fulmar model inspect'.");
            }
            try (InputStream in = Files.newInputStream(path)) {
                return in.readNBytes(limit);
            }
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Category.TRANSIENT,
                    source + ": cannot be read: " + FileFailure.reason(e),
                    "Check that the file exists and that this user may read it.",
                    e);
        }
    }
}
