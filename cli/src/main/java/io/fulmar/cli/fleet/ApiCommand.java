package io.fulmar.cli.fleet;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks a service, and prints what it says. Owned by the main thread. */
abstract class ApiCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    ApiOptions api = new ApiOptions();

    /** Asks and prints; returns the exit code. */
    abstract int run(ApiClient client, PrintWriter out);

    @Override
    public final Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (ApiClient client = api.client()) {
            int code = run(client, out);
            out.flush();
            return code;
        }
    }
}
