package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.trust.TrustChain;
import io.fulmar.model.trust.TrustRoot;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet key rotate}: lets a signed trust root follow the fleet's. Owned by the main thread. */
@Command(
        name = "rotate",
        description = {
            "Lets a signed trust root follow that of this fleet, and has the service pass it on to all devices.",
            "They check the signatures themselves. One without a network takes it by 'fulmar agent trust FILE --state DIR'."
        })
final class RotateCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The envelope that 'fulmar fleet key sign' makes.")
    Path envelope = Path.of("");

    @Mixin
    DataOption data = new DataOption();

    @Override
    public Integer call() {
        TrustRoot root = FleetTrust.rotate(data.directory(), TrustChain.read(envelope));
        PrintWriter out = spec.commandLine().getOut();
        KeyCommand.Trust.show(root, FleetTrust.file(data.directory()), out);
        out.println("devices are told by the service, also those that are off: " + FleetTrust.chain(data.directory()));
        out.flush();
        warn(root);
        return ExitCode.OK;
    }

    /** What runs by an old statement goes on until the agent ends, and then nobody believes it. */
    private void warn(TrustRoot root) {
        Map<Published, String> uncovered = ReleaseSigners.uncovered(root, new Catalog(data.directory()).list());
        PrintWriter err = spec.commandLine().getErr();
        uncovered.forEach((release, reason) -> err.printf(
                "warning: devices do not take %s %s, release %d, any more: %s%n",
                release.manifest().name(),
                release.manifest().version(),
                release.manifest().release(),
                reason));
        if (!uncovered.isEmpty()) {
            err.println("hint: sign what is to run with the new keys, publish it again and assign it again:"
                    + " fulmar model sign PKG --key FILE, fulmar fleet publish PKG, fulmar fleet assign MODEL@RELEASE");
        }
        err.flush();
    }
}
