package io.fulmar.cli.model;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.InterpreterOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of every command that runs a model. Owned by its command. */
final class EngineOptions {
    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads that one run may use (default: ${DEFAULT-VALUE}).")
    int threads = 1;

    @Option(
            names = "--delegate",
            paramLabel = "NAME",
            defaultValue = "xnnpack",
            description =
                    "Who runs the operators: xnnpack, or none for the builtin kernels (default: ${DEFAULT-VALUE}).")
    String delegate = "xnnpack";

    InterpreterOptions checked(CommandSpec spec) {
        try {
            return new InterpreterOptions(threads, named(spec));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--threads: " + e.getMessage(), e);
        }
    }

    private Delegate named(CommandSpec spec) {
        for (Delegate known : Delegate.values()) {
            if (known.name().equalsIgnoreCase(delegate)) {
                return known;
            }
        }
        throw new ParameterException(spec.commandLine(), "--delegate: '" + delegate + "' is neither xnnpack nor none");
    }
}
