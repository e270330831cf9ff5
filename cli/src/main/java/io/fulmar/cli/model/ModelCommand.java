package io.fulmar.cli.model;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fulmar model}: looks at a model, runs it, measures it, packs and signs it. */
@Command(
        name = "model",
        description =
                "Looks at a TensorFlow Lite model, runs it, measures it, explains its answers, makes a signed package of it, installs it.",
        subcommands = {
            InspectCommand.class,
            InferCommand.class,
            BenchCommand.class,
            ExplainCommand.class,
            GoldenCommand.class,
            ReferenceCommand.class,
            PackCommand.class,
            KeygenCommand.class,
            SignCommand.class,
            VerifyCommand.class,
            InstallCommand.class
        })
public final class ModelCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'model'");
        }
    }
}
