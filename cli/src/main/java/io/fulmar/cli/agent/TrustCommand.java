package io.fulmar.cli.agent;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.store.KeptTrust;
import io.fulmar.model.trust.Succession;
import io.fulmar.model.trust.TrustChain;
import io.fulmar.model.trust.TrustRoot;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar agent trust}: hands a trust root to the device on this machine. Owned by the main thread. */
@Command(
        name = "trust",
        description = {
            "Hands the trust root that is to follow to the device on this machine, without a network.",
            "It must be signed by enough root keys of the one that the device has, and of its own. A running agent believes it"
                    + " from its next start."
        })
final class TrustCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            description = "The envelope that 'fulmar fleet key sign' makes, or trust-chain.json of a fleet.")
    Path file = Path.of("");

    @Option(
            names = "--state",
            paramLabel = "DIR",
            required = true,
            description = "The state directory of the device: state.dir of its configuration.")
    Path state = Path.of("");

    @Option(names = "--trust", paramLabel = "OLD", description = "The trust root of a device that has never run yet.")
    @Nullable
    Path configured;

    @Override
    public Integer call() {
        if (!Files.isDirectory(state)) {
            throw new ParameterException(spec.commandLine(), "--state: " + state + " is not a folder");
        }
        TrustChain chain = TrustChain.read(file);
        KeptTrust kept = KeptTrust.open(state.resolve("trust"), configured);
        TrustRoot now = kept.root();
        if (now == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "no trust root is known in " + state + " that another could follow"
                            + (kept.trouble() == null ? ": name the device's with --trust" : ": " + kept.trouble()));
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        int code = switch (chain.follow(now)) {
            case Succession.Accepted(TrustRoot next) -> {
                kept.keep(next);
                out.println("the trust root of version " + next.version() + " has followed version " + now.version()
                        + "; a running agent believes it from its next start");
                yield ExitCode.OK;
            }
            case Succession.Known _ -> {
                out.println("the device has the trust root of version " + now.version() + " already");
                yield ExitCode.OK;
            }
            case Succession.Refused(String reason) -> {
                err.println("fulmar: the trust root of version " + now.version() + " stays: " + reason);
                yield ExitCode.FAILED;
            }
        };
        out.flush();
        err.flush();
        return code;
    }
}
