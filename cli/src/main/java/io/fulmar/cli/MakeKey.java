package io.fulmar.cli;

import io.fulmar.model.trust.SigningKey;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a key pair, whatever the command is called that does it. Owned by the main thread. */
public abstract class MakeKey implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "Where the private key goes.")
    @SuppressWarnings("NullAway.Init")
    Path file;

    @Override
    public Integer call() {
        Path publicFile = file.resolveSibling(file.getFileName() + ".pub");
        SigningKey key = SigningKey.generate();
        key.verifyingKey().write(publicFile); // first: a public key without its private one harms nobody
        key.write(file);
        PrintWriter out = spec.commandLine().getOut();
        out.println("private key  " + file);
        out.println("public key   " + publicFile);
        out.println("id           " + key.verifyingKey().id());
        out.flush();
        return ExitCode.OK;
    }
}
