package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FileFailure;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;

/** {@code fulmar model infer}: runs a model once on raw tensor bytes from files. */
@Command(
        name = "infer",
        description = {
            "Runs a model once.",
            "Inputs and outputs are raw little-endian tensor bytes: one file per input, in the model's order; the"
                    + " outputs become out0.bin, out1.bin and so on."
        })
final class InferCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The model, a .tflite file.")
    Path file = Path.of("");

    @Option(
            names = "--input",
            paramLabel = "FILE",
            required = true,
            arity = "1..*",
            description = "The bytes of one input; repeat it for each input. - reads standard input.")
    List<String> inputs = List.of();

    @Option(names = "--output-dir", paramLabel = "DIR", description = "Where the outputs are written; made if missing.")
    @Nullable
    Path outputDir;

    @Option(names = "--json", description = "Print the outputs as real values in one JSON object.")
    boolean json;

    @Mixin
    EngineOptions engine = new EngineOptions();

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        if (outputDir == null && !json) {
            throw new ParameterException(command.commandLine(), "give --output-dir, --json, or both");
        }
        ModelFile model = ModelFile.read(file);
        RawInputs.require(command, model, inputs);
        try (Interpreter interpreter = Interpreter.open(model, engine.checked(command))) {
            RawInputs.fill(interpreter, inputs);
            long started = System.nanoTime();
            interpreter.invoke();
            long micros = (System.nanoTime() - started) / 1_000;
            if (outputDir != null) {
                save(interpreter, outputDir);
            }
            print(command.commandLine().getOut(), interpreter, micros);
        }
        return ExitCode.OK;
    }

    private static void save(Interpreter interpreter, Path folder) {
        try {
            Files.createDirectories(folder);
            for (int i = 0; i < interpreter.outputs().size(); i++) {
                byte[] bytes = new byte[Math.toIntExact(interpreter.output(i).byteSize())];
                interpreter.output(i).readRaw(bytes);
                Files.write(folder.resolve("out" + i + ".bin"), bytes);
            }
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Category.TRANSIENT,
                    folder + ": the outputs cannot be written: " + FileFailure.reason(e),
                    "Check that this user may write there and that the disk has space.",
                    e);
        }
    }

    private void print(PrintWriter out, Interpreter interpreter, long micros) {
        if (json) {
            out.println(ModelJson.object(generator -> write(generator, interpreter, micros)));
        } else {
            for (int i = 0; i < interpreter.outputs().size(); i++) {
                Tensor output = interpreter.output(i);
                out.printf(
                        "out%d.bin  %s %s%s, %,d bytes%n",
                        i, output.name(), output.type().text(), Arrays.toString(output.shape()), output.byteSize());
            }
            out.printf("%,d microseconds%n", micros);
        }
        out.flush();
    }

    private static void write(JsonGenerator generator, Interpreter interpreter, long micros) {
        generator.writeStringProperty("model", interpreter.model().name());
        generator.writeStringProperty("sha256", interpreter.model().sha256());
        generator.writeBooleanProperty("delegated", interpreter.delegated());
        generator.writeNumberProperty("inferMicros", micros);
        generator.writeArrayPropertyStart("outputs");
        for (Tensor output : interpreter.outputs()) {
            generator.writeStartObject();
            generator.writeStringProperty("name", output.name());
            generator.writeStringProperty("type", output.type().text());
            ModelJson.sizes(
                    generator, "shape", Arrays.stream(output.shape()).boxed().toList());
            ModelJson.values(generator, output);
            generator.writeEndObject();
        }
        generator.writeEndArray();
    }
}
