package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.source.ModelFolder;
import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model golden}: records what a model makes of given inputs. */
@Command(
        name = "golden",
        description = {
            "Records a golden case: runs the model in DIR on inputs, and keeps inputs and outputs in DIR/golden.",
            "The reference kernels compute it. Devices run the cases before they use the model; how near they must come"
                    + " stands in model.toml under [golden]."
        })
final class GoldenCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder with model.toml.")
    Path folder = Path.of("");

    @Option(names = "--case", paramLabel = "NAME", required = true, description = "What the case is called.")
    String name = "";

    @Option(
            names = "--input",
            paramLabel = "FILE",
            required = true,
            arity = "1..*",
            description = "The raw bytes of one input; repeat it for each input. - reads standard input.")
    List<String> inputs = List.of();

    @Option(names = "--replace", description = "Record a case anew that is there.")
    boolean replace;

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")) {
            throw new ParameterException(
                    command.commandLine(), "--case: a name is 1 to 64 letters, digits, '.', '_' and '-'");
        }
        ModelFolder source = ModelFolder.read(folder);
        RawInputs.require(command, source.model(), inputs);
        boolean there = source.manifest().golden().stream()
                .anyMatch(golden -> golden.name().equals(name));
        if (there && !replace) {
            throw new ParameterException(
                    command.commandLine(), "--case: " + name + " is there; --replace records it anew");
        }
        Map<Path, byte[]> files = record(source);
        Files.createDirectories(ModelFolder.golden(folder));
        List<Path> written = new ArrayList<>();
        boolean whole = false;
        try {
            for (Map.Entry<Path, byte[]> file : files.entrySet()) {
                Files.write(file.getKey(), file.getValue());
                written.add(file.getKey());
            }
            ModelFolder.read(folder); // with the new case it must still be one that can be packed
            whole = true;
        } finally {
            if (!whole && !there) {
                for (Path file : written) {
                    Files.deleteIfExists(file);
                }
            }
        }
        PrintWriter out = command.commandLine().getOut();
        files.forEach((file, bytes) -> out.printf("%s  %,d bytes%n", file, bytes.length));
        out.flush();
        return ExitCode.OK;
    }

    private Map<Path, byte[]> record(ModelFolder source) {
        Path golden = ModelFolder.golden(folder);
        Map<Path, byte[]> files = new LinkedHashMap<>();
        try (Interpreter interpreter = Interpreter.open(source.model(), new InterpreterOptions(1, Delegate.NONE))) {
            RawInputs.fill(interpreter, inputs);
            for (int i = 0; i < interpreter.inputs().size(); i++) {
                files.put(golden.resolve(name + ".in" + i + ".bin"), bytes(interpreter.input(i)));
            }
            interpreter.invoke();
            for (int i = 0; i < interpreter.outputs().size(); i++) {
                files.put(golden.resolve(name + ".out" + i + ".bin"), bytes(interpreter.output(i)));
            }
        }
        return files;
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
        tensor.readRaw(bytes);
        return bytes;
    }
}
